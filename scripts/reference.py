"""Write the reference pages of `docs/reference/` from the code; with `--check`, only say which of them differ.

    python scripts/reference.py [--check] [--accept-breaks]

A change that breaks plugins which are there is refused; `--accept-breaks` is for what no release has had yet.
Nothing here depends on the terminal, the locale or the version of Python: equal code gives equal bytes.
"""

from __future__ import annotations

import inspect
import pkgutil
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import contracts_page
from hook_pages import hook_pages
from levels_page import levels_page
from names_page import names_page
from public_api import breaks, parsed, public_api, snapshot
from readme_keys import readmes

import floe_sdk.errors
from floe_sdk.cli.app import floe, sdk_version
from floe_sdk.cli.plugins.gallery import gallery
from floe_sdk.errors import REGISTRY
from floe_sdk.plugins.discovery import discover
from floe_sdk.plugins.loading import load_target
from floe_sdk.schemas.document import DocumentModel
from floe_sdk.schemas.manifest import Manifest
from floe_sdk.schemas.spec import FloeSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

    from floe_sdk.errors import ErrorCode

FOLDER = Path(__file__).parent.parent / "docs" / "reference"
NOTE = "<!-- Written by `make reference` from the code: change it there. -->\n\n"
SNAPSHOT = "public-api.txt"
SNAPSHOT_NOTE = """\
# What floe promises to plugins and to whoever imports it: a line a name, a parameter, a field, a hook or its argument.
# Written by `make reference` from the code. A line may be added; one may go only after it was deprecated.
"""
SPELLED = {"api_version": "apiVersion", "columns": "schema"}
"""Keys whose usual spelling in YAML is not the field's name."""

FAMILIES = {
    "B": "Packages (`floe package`)",
    "C": "Compiling and the artifact",
    "D": "manifest.yaml and floe.yaml",
    "G": "Governance",
    "K": "Catalog, compute and storage",
    "O": "Telemetry",
    "P": "Plugins",
    "R": "Running",
    "S": "Secrets",
    "T": "The transform engine (dbt)",
}


def pages() -> dict[str, str]:
    """Every page: its path from docs/reference, and its text. A page elsewhere (`../`) is written there."""
    for module in pkgutil.iter_modules(floe_sdk.errors.__path__):
        import_module(f"floe_sdk.errors.{module.name}")
    codes = sorted(REGISTRY.values(), key=lambda code: code.id)
    texts = {
        "cli.md": _cli(),
        **hook_pages(),
        "names.md": names_page(),
        "../plugins/contracts.md": contracts_page.page(),
        "manifest-yaml.md": _document("manifest.yaml", Manifest),
        "floe-yaml.md": _document("floe.yaml", FloeSpec),
        "errors/index.md": _errors(codes),
        **{f"errors/{code.id}.md": _error(code) for code in codes},
        "../plugins/levels.md": levels_page(),
        "../plugins/gallery.md": _gallery(),
    }
    marked = {name: f"{NOTE}{content.rstrip()}\n" for name, content in texts.items()}
    return {**marked, **readmes(), SNAPSHOT: SNAPSHOT_NOTE + snapshot(public_api())}


# --- the gallery ---


def _gallery() -> str:
    """What `floe plugins list --markdown` prints of this repository's plugins, each in its own words."""
    own = {"floe-sdk", *(path.parent.name for path in FOLDER.parent.parent.glob("plugins/*/pyproject.toml"))}
    records = [record for record in discover().records if record.distribution in own]
    texts = {
        record.identity: _cell((inspect.getdoc(load_target(record)) or "").partition("\n\n")[0]) for record in records
    }
    title, _, rest = gallery(records, texts).partition("\n")
    text = (
        "What comes with floe and from the same repository. `floe plugins list --markdown` prints such a page of "
        "whatever is installed, from metadata alone: for the documentation of your own platform. Plugins of others are "
        "on PyPI under the keyword `floe-plugin`."
    )
    return f"{title}\n\n{text}\n{rest}"


# --- errors ---


def _errors(codes: list[ErrorCode]) -> str:
    parts = ["# Error codes\n\nA code is stable: search for it, or put it into a runbook.\n"]
    for letter, title in FAMILIES.items():
        rows = [
            f"| [{code.id}]({code.id}.md) | {_cell(code.title)} | {code.exit_code} |"
            for code in codes
            if code.id.startswith(f"FLOE-{letter}")
        ]
        parts.append(f"\n## {title}\n\n| code | what | exit code |\n|---|---|---|\n" + "\n".join(rows) + "\n")
    return "".join(parts)


def _error(code: ErrorCode) -> str:
    return (
        f"# {code.id}: {code.title}\n\n**Cause.** {code.cause}\n\n**Remedy.** {code.remedy}\n\n"
        f"The command ends with [exit code](../../how-to/exit-codes.md) {code.exit_code}.\n"
    )


# --- the command line ---


def _cli() -> str:
    title = (
        "# The command line\n\nEvery command has `--help`, or `-h`. `SPEC` is a floe.yaml or its folder; by default "
        "that of the working directory.\n"
    )
    return title + "".join(_command(command, path) for command, path in _commands(floe, ("floe",)))


def _commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[click.Command, tuple[str, ...]]]:
    """The command and those below it; never one that an installed package brings."""
    from floe_sdk.cli.app import COMMANDS

    yield command, path
    if isinstance(command, click.Group):
        context = click.Context(command)
        names = COMMANDS if command is floe else command.list_commands(context)
        for name in names:
            child = command.get_command(context, name)
            if child is not None:
                yield from _commands(child, (*path, name))


def _command(command: click.Command, path: tuple[str, ...]) -> str:
    context = click.Context(command, info_name=" ".join(path), resilient_parsing=True)
    usage = " ".join([*path, *command.collect_usage_pieces(context)])
    parts = [f"\n## {' '.join(path)}\n\n```text\n{usage}\n```\n"]
    for text in (command.help or "", command.epilog or ""):
        parts += [f"\n{_paragraph(part)}\n" for part in inspect.cleandoc(text).split("\n\n") if part.strip()]
    records = (parameter.get_help_record(context) for parameter in command.get_params(context))
    rows = [f"| `{_cell(names)}` | {_cell(meaning)} |" for names, meaning in filter(None, records) if meaning]
    if rows:
        parts.append("\n| option | meaning |\n|---|---|\n" + "\n".join(rows) + "\n")
    return "".join(parts)


def _paragraph(text: str) -> str:
    """Lines that click is told to keep stay lines; under a heading such as `Example:`, they are code."""
    if not text.startswith("\b"):
        return " ".join(text.split())
    heading, *lines = text.lstrip("\b\n").splitlines()
    if not lines or not lines[0].startswith("  "):
        return " ".join([heading, *lines])
    return "\n".join([heading, "", "```bash", *(line[2:] for line in lines), "```"])


# --- the documents ---


def _document(title: str, model: type[BaseModel]) -> str:
    """A section for each mapping of the document, in the order in which a reader meets them."""
    schema = model.model_json_schema(by_alias=False)
    definitions = schema.get("$defs", {})
    introduction = (
        f"# {title}\n\nThe keys are spelt in snake_case; the camelCase of the public documents (`dependsOn`) is read "
        "as well. At the top, keys that begin with `x-` are yours. `floe schema` prints the same as JSON Schema.\n"
    )
    parts = [introduction]
    todo: list[tuple[str, str, dict[str, Any]]] = [("", "Top level", schema)]
    places = _places(schema, definitions)
    for name, places_of in places.items():
        todo.append((name, f"`{places_of[0]}`", definitions[name]))
    for name, heading, part in todo:
        anchor = f" {{ #{name.lower()} }}" if name else ""
        also = ", ".join(f"`{place}`" for place in places.get(name, [])[1:])
        text = " ".join([*part.get("description", "").split(), *([f"The same under {also}."] if also and name else [])])
        rows = [_row(key, value, part) for key, value in _ordered(part)]
        parts.append(
            f"\n## {heading}{anchor}\n\n{text}\n\n| key | value | default | meaning |\n|---|---|---|---|\n"
            + "\n".join(rows)
            + "\n"
        )
    return "".join(parts)


def _places(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, list[str]]:
    """Each definition and the paths that lead to it, breadth first."""
    places: dict[str, list[str]] = {}
    todo = [("", schema)]
    while todo:
        path, part = todo.pop(0)
        for key, value in _ordered(part):
            for name, suffix in _references(value):
                place = f"{path}{SPELLED.get(key, key)}{suffix}"
                if name not in places:
                    todo.append((f"{place}.", definitions[name]))
                places.setdefault(name, []).append(place)
    return places


def _ordered(part: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """What is required first."""
    required = set(part.get("required", ()))
    return sorted(part.get("properties", {}).items(), key=lambda item: item[0] not in required)


def _references(value: Any, suffix: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for one in value:
            yield from _references(one, suffix)
    elif isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"].rpartition("/")[2], suffix
        for key, inner in value.items():
            if key in {"anyOf", "oneOf", "items", "additionalProperties"}:
                yield from _references(inner, suffix + {"items": "[]", "additionalProperties": ".NAME"}.get(key, ""))


def _row(key: str, value: dict[str, Any], part: dict[str, Any]) -> str:
    shown = " or ".join(f"`{name}`" for name in (SPELLED.get(key, key), *_other_names(part["title"], key)))
    if key in part.get("required", ()):
        default = "*required*"
    else:
        default = "" if value.get("default") in (None, [], {}, "") else f"`{_plain(value['default'])}`"
    examples = ", ".join(f"`{_plain(example)}`" for example in value.get("examples", ()))
    meaning = " ".join(filter(None, [value.get("description", ""), f"Such as {examples}." if examples else ""]))
    return f"| {shown} | {_cell(_value(value))} | {_cell(default)} | {_cell(meaning)} |"


def _other_names(model: str, key: str) -> list[str]:
    """What else is read as the key, camelCase aside."""
    fields = next(each for each in _subclasses(DocumentModel) if each.__name__ == model).model_fields
    names = getattr(fields[key].validation_alias, "choices", [])
    return [name for name in names if name not in {key, SPELLED.get(key)} and name.islower()]


def _subclasses(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for each in model.__subclasses__():
        yield each
        yield from _subclasses(each)


def _value(value: dict[str, Any]) -> str:
    """A schema in words."""
    options = [*value.get("anyOf", ()), *value.get("oneOf", ())]
    if options:
        return " or ".join(dict.fromkeys(_value(option) for option in options if option.get("type") != "null"))
    if "$ref" in value:
        name = value["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "const" in value:
        return f"`{value['const']}`"
    if "enum" in value:
        return ", ".join(f"`{word}`" for word in value["enum"])
    return _typed(value)


def _typed(value: dict[str, Any]) -> str:
    kind = value.get("type")
    if kind == "array":
        return f"list of {_value(value['items'])}"
    if kind == "object":
        inner = value.get("additionalProperties")
        return f"a key for each: {_value(inner)}" if isinstance(inner, dict) else "mapping"
    words = {"integer": "whole number", "number": "number", "boolean": "`true`, `false`", "string": "text"}
    word = "date" if value.get("format") == "date" else words.get(str(kind), "anything")
    limits = [f"at least {value['minimum']}"] if "minimum" in value else []
    limits += [f"at most {value['maximum']}"] if "maximum" in value else []
    limits += [f"at most {value['maxLength']} characters"] if "maxLength" in value else []
    return ", ".join([word, *limits])


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(_plain(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_plain(one)}" for key, one in value.items() if one not in (None, {}, []))
    return str(value)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


# --- the files ---


def main() -> int:
    """Write what differs, or with `--check` name it and return 1."""
    wanted = pages()
    there = {path.relative_to(FOLDER).as_posix(): path for path in FOLDER.rglob("*.md")}
    there |= {SNAPSHOT: FOLDER / SNAPSHOT} if (FOLDER / SNAPSHOT).is_file() else {}
    there |= {name: FOLDER / name for name in wanted if name.startswith("../") and (FOLDER / name).is_file()}
    existing = {name: path.read_text(encoding="utf-8") for name, path in there.items()}
    different = sorted(name for name in wanted.keys() | existing if wanted.get(name) != existing.get(name))
    if "--check" in sys.argv[1:]:
        for name in different:
            print(f"docs/reference/{name} is not what the code says: run `make reference`")
        return int(bool(different))
    found = breaks(parsed(existing.get(SNAPSHOT, "")), parsed(wanted[SNAPSHOT]), sdk_version())
    if found and "--accept-breaks" not in sys.argv[1:]:
        print(
            *found,
            "Nothing was written. What no release has had: python scripts/reference.py --accept-breaks",
            sep="\n",
        )
        return 1
    for name in different:
        path = FOLDER / name
        if name in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[name], encoding="utf-8", newline="\n")
        else:
            path.unlink()
    print(f"docs/reference: {len(wanted)} pages, {len(different)} of them changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
