"""What the modules import, what they still lack, and what lies beside them."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from floe_sdk.authoring.checking.imports import Imported, imported
from floe_sdk.authoring.checking.rule import Finding, Level, NotApplicable, rule
from floe_sdk.authoring.placeholders import placeholders
from floe_sdk.plugins.discovery import COMMAND, normalized
from floe_sdk.plugins.types import PluginType

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from floe_sdk.authoring.checking.evidence import Evidence

_TEXTS = {".py", ".toml", ".md", ".yaml", ".yml", ".cfg", ".txt", ".sql", ""}
_PLUGIN = re.compile(rf"floe_({'|'.join(kind.value for kind in PluginType)})_\w+")


@rule(
    "public-api",
    Level.BRONZE,
    "Of floe_sdk, only public names are used: those of `floe_sdk` and of `floe_sdk.testing`.",
    fix="import it from `floe_sdk` (`floe_sdk.__all__` has the names); what is not there may change at any time",
)
def public_api(evidence: Evidence) -> Iterator[Finding]:
    """Each import in each module, also those for types only."""
    from floe_sdk.schemas.fields import nearest

    if evidence.subject.own:
        raise NotApplicable("it is floe-sdk")
    for source in evidence.subject.code:
        for one in imported(source.tree, source.module):
            problem, names = _private(one)
            if problem:
                guess = nearest(one.name or one.module.rpartition(".")[2], names)
                yield Finding(problem + (f"; did you mean {guess}?" if guess else ""), f"{source.shown}:{one.line}")


def _private(one: Imported) -> tuple[str | None, list[str]]:
    import floe_sdk
    import floe_sdk.testing

    public = {"floe_sdk": [*floe_sdk.__all__, "testing"], "floe_sdk.testing": floe_sdk.testing.__all__}
    if one.module.partition(".")[0] != "floe_sdk":
        return None, []
    if one.module not in public:
        return f"{one.module} is not public", floe_sdk.__all__
    if one.name in {None, "*", *public[one.module]}:
        return None, []
    return f"{one.module} has no public name {one.name}", public[one.module]


@rule(
    "other-plugins",
    Level.BRONZE,
    "No other plugin is imported or required: plugins meet in the neutral types of floe_sdk only.",
    fix="take what you need from the neutral types (`StorageAccess`, `CatalogAccess`, ...); select plugins by manifest",
)
def other_plugins(evidence: Evidence) -> Iterator[Finding]:
    """By what is installed, and by the names that plugins usually have."""
    subject = evidence.subject
    own = {source.module.partition(".")[0] for source in subject.code}
    strangers = [record for record in subject.others if not record.own]
    owners = {record.target.partition(":")[0].partition(".")[0].strip(): record.distribution for record in strangers}
    for source in subject.code:
        for one in imported(source.tree, source.module):
            top = one.module.partition(".")[0]
            if top not in own and (top in owners or _PLUGIN.fullmatch(top)):
                yield Finding(f"it imports {one.module}, of another plugin", f"{source.shown}:{one.line}")
    if not subject.own:
        distributions = {normalized(record.distribution): record for record in strangers}
        for requirement in evidence.metadata.requirements:
            name = normalized(re.split(r"[^\w.-]", requirement.strip(), maxsplit=1)[0])
            if name in distributions or _PLUGIN.fullmatch(name.replace("-", "_")):
                yield Finding(f"it requires {name}, another plugin")


@rule(
    "placeholders",
    Level.BRONZE,
    "Nothing is left that `floe plugins new` has marked for the author to write.",
    fix="write what the mark asks for, and remove the mark",
)
def unfinished(evidence: Evidence) -> Iterator[Finding]:
    """In all texts of the project's folder, or in the modules of what is installed."""
    project = evidence.subject.project
    if evidence.subject.own:
        raise NotApplicable("it is floe-sdk")
    places = _texts(project) if project else [(one.path, one.shown) for one in evidence.subject.code]
    for path, shown in places:
        for mark in placeholders(path.read_text(encoding="utf-8", errors="replace")):
            yield Finding(f"to be written: {mark.wanted}" if mark.wanted else "a mark is left", f"{shown}:{mark.line}")


def _texts(project: Path) -> list[tuple[Path, str]]:
    found = []
    for path in sorted(project.rglob("*")):
        inside = path.relative_to(project)
        hidden = any(part.startswith(".") and part not in {".github", ".gitlab-ci.yml"} for part in inside.parts)
        made = {"build", "dist", "node_modules", "__pycache__", "site", "venv"}.intersection(inside.parts)
        if path.is_file() and path.suffix in _TEXTS and not hidden and not made:
            found.append((path, inside.as_posix()))
    return found


@rule(
    "tests",
    Level.SILVER,
    "The tests inherit the contract of its type, for each plugin.",
    fix="write `class TestMine(StorageContract): plugin = ...`, with the contract of your type, in tests/",
)
def tests(evidence: Evidence) -> Iterator[Finding]:
    """By the classes in the test files."""
    subject = evidence.subject
    given = evidence.tests is not None and evidence.tests != subject.tests
    if (subject.project is None or subject.own) and not given:
        raise NotApplicable("tests are not shipped; its source folder has them")
    wanted = {f"{one.type.title()}Contract": one for one in subject.plugins if one.type != COMMAND}
    if not wanted:
        raise NotApplicable("commands have no contract")
    if evidence.tests is None:
        yield Finding("there is no folder tests/")
        return
    files = evidence.tests.rglob("*.py") if evidence.tests.is_dir() else [evidence.tests]
    there = {name for path in files for name in _bases(path)}
    for name, record in wanted.items():
        if name not in there:
            yield Finding(f"no class in {evidence.tests.name} inherits {name}", plugin=record.identity)


def _bases(path: Path) -> Iterator[str]:
    try:
        tree = ast.parse(path.read_text(encoding="utf-8", errors="replace"))
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from (ast.unparse(base).rpartition(".")[2] for base in node.bases)


@rule(
    "py-typed",
    Level.GOLD,
    "`py.typed` is shipped, so that type checkers read its annotations.",
    fix="put an empty file `py.typed` into the package",
)
def py_typed(evidence: Evidence) -> Iterator[Finding]:
    """In each package that an entry point names."""
    for name in sorted(evidence.subject.packages):
        if name not in evidence.subject.typed:
            yield Finding(f"{name}/py.typed is missing")
