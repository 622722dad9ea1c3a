"""The pages about hooks, from the contracts (`floe_sdk/plugins/hookspecs/`) and the examples (`docs/examples/hooks/`).

A hook's docstring is a text, then its facts, each at the begin of a line: `When:`, `Caller:`, `Thread:`, `Deadline:`,
`Errors:`. An example is a plugin, then a part `# <hook>` for each of its hooks; a line `# => ...` is what is printed.
"""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import Any, NamedTuple

from floe_sdk.plugins.hookspecs import SPECS, LifecycleSpec, ObserverSpec
from floe_sdk.plugins.markers import REQUIRED

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples" / "hooks"
FACTS = ("When", "Caller", "Thread", "Deadline", "Errors")
LINE = 120
"""The formatter's longest line, which holds for code in the pages, too."""

_FACT = re.compile(rf"^({'|'.join(FACTS)}): ", re.MULTILINE)
_CODE = re.compile(r"\bFLOE-[A-Z]\d{3}\b")


class Hook(NamedTuple):
    """A hook of a contract; `kind` is its type, or `lifecycle`."""

    name: str
    function: Any
    kind: str

    @property
    def required(self) -> bool:
        return hasattr(self.function, REQUIRED)

    @property
    def text(self) -> str:
        """The docstring without the facts."""
        return _FACT.split(inspect.getdoc(self.function) or "")[0].strip()

    @property
    def facts(self) -> dict[str, str]:
        parts = _FACT.split(inspect.getdoc(self.function) or "")[1:]
        return {name: " ".join(value.split()) for name, value in zip(parts[::2], parts[1::2], strict=True)}


def hooks() -> list[Hook]:
    """All of them, in the order of the contracts."""
    specs = [*((kind.value, spec) for kind, spec in SPECS.items()), *(("lifecycle", one) for one in _EVERY)]
    return [
        Hook(name, function, kind)
        for kind, spec in specs
        for name, function in vars(spec).items()
        if inspect.isfunction(function)
    ]


def hook_pages() -> dict[str, str]:
    """The index, a page a hook, and a page with the whole plugin that the examples of a type use."""
    found = hooks()
    pages = {"hooks.md": _index(found)}
    pages |= {f"hooks/{hook.name}.md": _page(hook) for hook in found}
    pages |= {f"hooks/plugin-{kind}.md": _whole(kind) for kind in dict.fromkeys(hook.kind for hook in found)}
    return pages


_EVERY = (LifecycleSpec, ObserverSpec)


def _index(found: list[Hook]) -> str:
    title = (
        "# Hooks\n\nThe contract of each plugin type: a page a hook, with its exact signature, when it is called and "
        "by whom, on which thread, until when, what an error does, and an example that a test runs. A plugin "
        "implements a hook with `@hookimpl`, and may take fewer arguments than its specification has. How they "
        "change: [Write a plugin](../plugins/guide.md#stability).\n"
    )
    parts = [title]
    headings = [(f"Type `{kind.value}`", kind.value, (spec,)) for kind, spec in SPECS.items()]
    headings.append(("Every type", "lifecycle", _EVERY))
    for heading, kind, specs in headings:
        texts = "\n\n".join(inspect.getdoc(spec) or "" for spec in specs)
        rows = "\n".join(
            f"| [{hook.name}](hooks/{hook.name}.md) | {'yes' if hook.required else ''} | {_first(hook.text)} |"
            for hook in found
            if hook.kind == kind
        )
        whole = f"[A whole plugin](hooks/plugin-{kind}.md) that has all of them."
        parts.append(f"\n## {heading}\n\n{texts} {whole}\n\n| hook | required | |\n|---|---|---|\n{rows}\n")
    return "".join(parts)


def _page(hook: Hook) -> str:
    where = "A hook of every type" if hook.kind == "lifecycle" else f"A hook of type `{hook.kind}`"
    need = "required" if hook.required else "optional"
    rows = "\n".join(f"| {name.lower()} | {_linked(value)} |" for name, value in hook.facts.items())
    method, use = _example(hook)
    return (
        f"# {hook.name}\n\n{where}, {need}.\n\n```python\n{signature(hook.name, hook.function)}\n```\n\n{hook.text}\n\n"
        f"| | |\n|---|---|\n{rows}\n\n## Example\n\n```python\n{method}\n```\n\n"
        f"Called as the host calls it ([the whole plugin](plugin-{hook.kind}.md)):\n\n```python\n{use}\n```\n"
    )


def _whole(kind: str) -> str:
    source = _source(kind)
    code, _, _ = source.partition("\n# ")
    text = ast.get_docstring(ast.parse(source)) or ""
    every = "A plugin with the hooks that every type may have"
    heading = every if kind == "lifecycle" else f"A plugin of type `{kind}`"
    return (
        f"# {heading}\n\n{text} A test runs it, and what is shown of it on the pages of its [hooks](../hooks.md). "
        "`floe_sdk.testing.loaded` gives a platform of plugins that are not installed.\n\n"
        f"```python\n{code.partition(_quoted(text))[2].strip()}\n```\n"
    )


def _quoted(text: str) -> str:
    return f'"""{text}"""\n'


def _example(hook: Hook) -> tuple[str, str]:
    """The method in its class, and its use."""
    source = _source(hook.kind)
    for statement in ast.walk(ast.parse(source)):
        if isinstance(statement, ast.ClassDef):
            for method in statement.body:
                if isinstance(method, ast.FunctionDef) and method.name == hook.name and method.decorator_list:
                    lines = source.splitlines()[method.decorator_list[0].lineno - 1 : method.end_lineno]
                    body = "\n".join(lines)
                    return f"class {statement.name}:\n{body}", uses(source)[hook.name]
    message = f"docs/examples/hooks/{hook.kind}_plugin.py has no {hook.name}"
    raise LookupError(message)


def uses(source: str) -> dict[str, str]:
    """The parts of an example, by the hook that each shows."""
    parts = re.split(r"^# ([a-z_]+)\n", source, flags=re.MULTILINE)[1:]
    return {name: text.strip() for name, text in zip(parts[::2], parts[1::2], strict=True)}


def _source(kind: str) -> str:
    return (EXAMPLES / f"{kind}_plugin.py").read_text(encoding="utf-8")


def _first(text: str) -> str:
    """The first sentence, in one line."""
    return " ".join(re.split(r"(?<=[.;:])\s", text, maxsplit=1)[0].split()).rstrip(".;:").replace("|", "\\|")


def _linked(text: str) -> str:
    """Codes and hooks of a fact as links, for a cell of a table."""
    text = _CODE.sub(lambda found: f"[{found[0]}](../errors/{found[0]}.md)", text)
    names = {hook.name for hook in hooks()}
    return re.sub(r"`(\w+)`", lambda found: f"[{found[0]}]({found[1]}.md)" if found[1] in names else found[0], text)


def signature(name: str, function: Any) -> str:
    """The signature as the contract writes it (annotations are text there), in lines that fit."""
    notes = function.__annotations__
    names = list(inspect.signature(function).parameters)
    joined = ", ".join(name if name == "self" else f"{name}: {notes[name]}" for name in names)
    line = f"def {name}({joined}) -> {notes['return']}: ..."
    return line if len(line) <= LINE else f"def {name}(\n    {joined}\n) -> {notes['return']}: ..."
