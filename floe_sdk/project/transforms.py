"""The `transforms` of a product: names, dependencies, circles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError, Location
from floe_sdk.errors.documents import DEPENDENCY_CYCLE, DUPLICATE_TRANSFORM, UNKNOWN_COMPUTE, UNKNOWN_DEPENDENCY
from floe_sdk.schemas.fields import nearest

if TYPE_CHECKING:
    from floe_sdk.project.document import KeyPath
    from floe_sdk.schemas.spec import Transform

Locate = Callable[["KeyPath"], "Location | None"]


def check_unique(names: Iterable[str], section: str, locate: Locate) -> list[FloeError]:
    """An error for each name that was used before."""
    first: dict[str, int] = {}
    problems = []
    for index, name in enumerate(names):
        if name not in first:
            first[name] = index
            continue
        before = locate((section, first[name], "name"))
        line = f" (first in line {before.line})" if before else ""
        problem = f"`{section}` has two entries of the name `{name}`{line}"
        where = locate((section, index, "name"))
        problems.append(FloeError(DUPLICATE_TRANSFORM, problem, where=where, fix="rename or merge one of them"))
    return problems


def check_dependencies(transforms: Sequence[Transform], known: Iterable[str], locate: Locate) -> list[FloeError]:
    """An error for each `depends_on` that is not in `known`, with the nearest name."""
    names = set(known)
    problems = []
    for index, transform in enumerate(transforms):
        for position, name in enumerate(transform.depends_on or ()):
            if name not in names:
                guess = nearest(name, names)
                fix = f"did you mean `{guess}`?" if guess else "correct the name, or add what is missing"
                where = locate(("transforms", index, "depends_on", position))
                problem = f"`{transform.name}` depends on `{name}`, which does not exist"
                problems.append(FloeError(UNKNOWN_DEPENDENCY, problem, where=where, fix=fix))
    return problems


def check_cycles(transforms: Sequence[Transform], locate: Locate) -> list[FloeError]:
    """An error where following `depends_on` leads back to where it began."""
    from graphlib import CycleError, TopologicalSorter

    graph: Mapping[str, Sequence[str]] = {transform.name: transform.depends_on or () for transform in transforms}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = error.args[1]
        where = locate(("transforms", [transform.name for transform in transforms].index(circle[-1]), "depends_on"))
        shown = " -> ".join(reversed(circle))
        fix = "remove one of these dependencies"
        return [
            FloeError(DEPENDENCY_CYCLE, f"transforms depend on each other in a circle: {shown}", where=where, fix=fix)
        ]
    return []


def check_computes(transforms: Sequence[Transform], computes: Sequence[str], locate: Locate) -> list[FloeError]:
    """An error for each `compute` that the platform lacks."""
    problems = []
    for index, transform in enumerate(transforms):
        if transform.compute is not None and transform.compute not in computes:
            where = locate(("transforms", index, "compute"))
            problem = f"`{transform.name}` runs on `{transform.compute}`, which the platform lacks"
            problems.append(FloeError(UNKNOWN_COMPUTE, problem, where=where, fix=f"it has: {', '.join(computes)}"))
    return problems
