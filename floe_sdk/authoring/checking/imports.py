"""What a module imports, read from its syntax: `import`, `from ... import`, `import_module("...")`, `floe_sdk.name`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Imported(NamedTuple):
    """An import: the module, the name taken from it (None: the module itself), and the line."""

    module: str
    name: str | None
    line: int


def imported(tree: ast.Module | None, module: str) -> Iterator[Imported]:
    """The imports of a module; relative ones are told from `module`, its own name."""
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Import):
            yield from (Imported(alias.name, None, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = _absolute(node, module)
            yield from (Imported(source, alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in {
            "import_module",
            "__import__",
        }:
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield Imported(first.value, None, node.lineno)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "floe_sdk":
            yield Imported("floe_sdk", node.attr, node.lineno)


def _absolute(node: ast.ImportFrom, module: str) -> str:
    if not node.level:
        return node.module or ""
    parts = module.split(".")[: -node.level] or module.split(".")[:1]
    return ".".join([*parts, *filter(None, [node.module])])
