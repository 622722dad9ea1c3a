"""What the entry points name, without an import."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from floe_sdk.authoring.checking.rule import Finding, Level, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from floe_sdk.authoring.checking.evidence import Evidence, Source


@rule(
    "entry-point-group",
    Level.BRONZE,
    "Each entry point is `name = module:Class` in a group that floe knows.",
    fix='write [project.entry-points."floe.<type>"], and install again: entry points are read when it is installed',
    loads=True,
)
def group(evidence: Evidence) -> Iterator[Finding]:
    """As far as the metadata says."""
    for problem in evidence.subject.odd:
        yield Finding(problem)


@rule(
    "syntax",
    Level.BRONZE,
    "Every module can be read by this Python.",
    fix="mend the syntax; a newer one needs a newer `requires-python`",
    loads=True,
)
def syntax(evidence: Evidence) -> Iterator[Finding]:
    """As `ast` sees it."""
    for source in evidence.subject.code:
        if source.tree is None:
            try:
                ast.parse(source.text)
            except (SyntaxError, ValueError) as error:
                line = getattr(error, "lineno", None)
                yield Finding(getattr(error, "msg", str(error)), f"{source.shown}:{line}" if line else source.shown)


@rule(
    "entry-point",
    Level.BRONZE,
    "What an entry point names is in the distribution's files.",
    fix="correct `module:Class` in the entry point, or the package that the wheel holds",
    loads=True,
)
def target(evidence: Evidence) -> Iterator[Finding]:
    """The module is there, and binds the name."""
    modules = {source.module: source for source in evidence.subject.code}
    for record in evidence.subject.plugins:
        module, _, attribute = (part.strip() for part in record.target.partition(":"))
        source = modules.get(module)
        if source is None:
            yield Finding(f"the entry point names the module {module}, and there is none", plugin=record.identity)
        elif source.tree and not _binds(source, attribute.partition(".")[0]):
            yield Finding(f"{module} has no {attribute}", source.shown, record.identity)


def _binds(source: Source, name: str) -> bool:
    """Whether a module binds a name: by a definition, an assignment or an import; a star or `__getattr__` may."""
    for node in ast.walk(source.tree or ast.Module([], [])):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and node.name in {
            name,
            "__getattr__",
        }:
            return True
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == name:
            return True
        if isinstance(node, ast.alias) and {node.asname or node.name.partition(".")[0], node.name} & {name, "*"}:
            return True
    return False
