"""The page about public names: what each is by its docstring, and its parameters, fields and methods."""

from __future__ import annotations

import ast
import functools
import inspect
import types
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from public_api import public_api

import floe_sdk
import floe_sdk.testing
from floe_sdk.errors import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HEAD = """\
# Public names

What plugins, and programs that use floe, may import from `floe_sdk` and `floe_sdk.testing`; it stays, or is
[deprecated](../plugins/guide.md#stability) first. What else is in other modules may change at any time. Hooks have
[pages of their own](hooks.md), and [public-api.txt](public-api.txt) has every promise in a line.

## Codes of errors

What `FloeError(CODE, "what is wrong", fix="what to do")` takes.

| name | code | what |
|---|---|---|
"""


def names_page() -> str:
    """All names. Raises SystemExit for one that nobody has described."""
    codes = {name: code for name in floe_sdk.__all__ if isinstance(code := getattr(floe_sdk, name), ErrorCode)}
    rows = [
        f"| `{name}` | [{code.id}](errors/{code.id}.md) | {_cell(code.title)} |\n"
        for name, code in sorted(codes.items(), key=lambda item: item[1].id)
    ]
    own = [name for name in sorted(floe_sdk.__all__, key=str.lower) if name not in codes]
    api = public_api()
    testing = (inspect.getdoc(floe_sdk.testing) or "").partition("\n\n")[0]
    return "".join(
        [
            HEAD,
            *rows,
            "\n## floe_sdk\n",
            *(_name(floe_sdk, name, api) for name in own),
            f"\n## floe_sdk.testing\n\n{testing}\n",
            *(_name(floe_sdk.testing, name, api) for name in sorted(floe_sdk.testing.__all__, key=str.lower)),
        ]
    )


def _name(package: types.ModuleType, name: str, api: Mapping[str, str]) -> str:
    value, whole = inspect.unwrap(getattr(package, name)), f"{package.__name__}.{name}"
    kind = "class" if inspect.isclass(value) else "function" if inspect.isfunction(value) else "value"
    text = _below(package, name) if kind == "value" else inspect.getdoc(value)
    if not text:
        raise SystemExit(f"{whole} says not what it is: give it a docstring")
    rows = list(_rows(value if kind != "value" else type(value), whole, api))
    table = "\n| | | |\n|---|---|---|\n" + "\n".join(rows) + "\n" if rows else ""
    gives = f" {_promise(api[whole])}" if kind == "function" else ""
    return f"\n### {name}\n\n*{kind}*{gives}\n\n{text}\n{table}"


def _rows(value: Any, whole: str, api: Mapping[str, str]) -> Iterator[str]:
    for line, what in api.items():
        if line.startswith((f"{whole}.", f"{whole}(")):
            part = line.removeprefix(whole).lstrip(".")
            yield f"| `{part}` | {_promise(what)} | {_cell(_meaning(value, part))} |"


def _meaning(value: Any, part: str) -> str:
    """What a field is described as, or a method says; the parameters are told of there."""
    field = getattr(value, "model_fields", {}).get(part)
    if field is not None:
        return field.description or ""
    member = inspect.getattr_static(value, part, None)
    member = getattr(member, "__func__", member)  # of a class method
    kinds = (types.FunctionType, property, functools.cached_property)
    return (inspect.getdoc(member) or "").partition("\n\n")[0] if isinstance(member, kinds) else ""


def _below(package: types.ModuleType, name: str) -> str:
    """The text that stands below the line which sets a constant."""
    listed = vars(package)["_PUBLIC"][name]
    module = import_module(listed if listed.startswith("floe_sdk.") else f"{package.__name__}.{listed}")
    body = ast.parse(inspect.getsource(module)).body
    for line, below in pairwise(body):
        targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
        said = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
        if said and name in [target.id for target in targets if isinstance(target, ast.Name)]:
            return inspect.cleandoc(str(ast.literal_eval(below.value)))
    return ""


def _promise(what: str) -> str:
    return f"`{_cell(what)}`" if what else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
