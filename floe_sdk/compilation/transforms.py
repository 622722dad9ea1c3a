"""What floe.yaml's `transforms` say of the graph: checked against it and put on its nodes, or the graph itself."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError, raise_all
from floe_sdk.errors.compilation import (
    CYCLE,
    DUPLICATE_TRANSFORM,
    UNKNOWN_COMPUTE,
    UNKNOWN_DEPENDENCY,
    UNKNOWN_TRANSFORM,
)
from floe_sdk.schemas.graph import FLOE_ENGINE, Graph, Materialization, Node, NodeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from floe_sdk.errors import ErrorCode, Location
    from floe_sdk.schemas.spec import Transform

    Place = Callable[[tuple[str | int, ...]], Location | None]
    """Where in floe.yaml a path such as `("transforms", 3, "name")` stands."""

_NAMED = frozenset({NodeKind.MODEL, NodeKind.SEED, NodeKind.SNAPSHOT})


def merge_transforms(
    graph: Graph, transforms: Sequence[Transform], *, computes: Sequence[str], owner: str | None, locate: Place
) -> Graph:
    """The graph with the entries' tags, tier, compute and quality checks on its nodes, and `owner` where nobody is.

    Raises every problem at once: an entry that the graph lacks, two of one name, a dependency that the graph does not
    have, a compute that the platform does not have.
    """
    named: dict[str, list[Node]] = defaultdict(list)
    for node in graph.nodes:
        if node.kind in _NAMED:
            named[node.name].append(node)
    problems = _Problems(locate)
    problems.duplicates(transforms)
    problems.computes(transforms, computes)
    entries: dict[str, Transform] = {}
    for index, transform in enumerate(transforms):
        # a package's model of the same name does not make the product's own ambiguous
        nodes = named.get(transform.name, [])
        own = [node for node in nodes if node.package in ("", graph.name)] or nodes
        if not own:
            problems.unknown(index, transform.name, named, f"{graph.engine} has no model, seed or snapshot")
        elif len(own) > 1:
            ids = ", ".join(node.id for node in own)
            problems.add(DUPLICATE_TRANSFORM, (index, "name"), f"{transform.name!r} may be any of {ids}")
        else:
            entries[own[0].id] = transform
            problems.dependencies(index, transform, own[0], graph)
    problems.raise_all()
    nodes_out = tuple(_put(node, entries.get(node.id), owner) for node in graph.nodes)
    return graph.model_copy(update={"nodes": nodes_out})


def graph_of_transforms(
    name: str, transforms: Sequence[Transform], *, namespace: str, version: str, locate: Place
) -> Graph:
    """The graph of a product that has no transform project: one table for each entry.

    Raises every problem at once: two of one name, a dependency that no entry is, a cycle.
    """
    problems = _Problems(locate)
    problems.duplicates(transforms)
    known = {transform.name: _id(name, transform.name) for transform in transforms}
    for index, transform in enumerate(transforms):
        for position, dependency in enumerate(transform.depends_on or ()):
            if dependency not in known:
                path = (index, "depends_on", position)
                problem = f"{transform.name!r} depends on {dependency!r}, which is no transform"
                problems.add(UNKNOWN_DEPENDENCY, path, problem, _nearest(dependency, known))
    problems.cycle(transforms)
    problems.raise_all()
    nodes = [
        Node(
            id=known[transform.name],
            name=transform.name,
            kind=NodeKind.MODEL,
            package=name,
            materialization=Materialization.TABLE,
            namespace=namespace,
            table=transform.name,
            depends_on=tuple(sorted(known[dependency] for dependency in transform.depends_on or ())),
        )
        for transform in transforms
    ]
    content = [transform.model_dump(mode="json") for transform in transforms]
    digest = hashlib.sha256(json.dumps([namespace, content], sort_keys=True).encode()).hexdigest()
    return Graph(
        name=name,
        engine=FLOE_ENGINE,
        engine_version=version,
        project_hash=digest,
        nodes=tuple(sorted(nodes, key=lambda node: node.id)),
    )


def _id(product: str, name: str) -> str:
    return f"model.{product}.{name}"


def _put(node: Node, transform: Transform | None, owner: str | None) -> Node:
    update: dict[str, object] = {}
    if node.kind in _NAMED and node.owner is None and owner:
        update["owner"] = owner
    if transform is not None:
        update["tags"] = tuple(sorted({*node.tags, *transform.tags}))
        update["tier"] = transform.tier or node.tier
        update["compute"] = transform.compute or node.compute
        update["quality_checks"] = transform.quality_checks
    return node.model_copy(update=update) if update else node


def _nearest(name: str, names: Iterable[str]) -> str | None:
    near = difflib.get_close_matches(name, list(names), n=1)
    return f"did you mean {near[0]!r}?" if near else None


class _Problems:
    """Collects the errors of one pass, each at its place."""

    def __init__(self, locate: Place) -> None:
        self._locate = locate
        self._errors: list[FloeError] = []

    def add(self, code: ErrorCode, path: tuple[str | int, ...], problem: str, fix: str | None = None) -> None:
        where = self._locate(("transforms", *path))
        self._errors.append(FloeError(code, problem, where=where, fix=fix or code.remedy))

    def raise_all(self) -> None:
        raise_all(self._errors)

    def unknown(self, index: int, name: str, names: Iterable[str], lacks: str) -> None:
        self.add(UNKNOWN_TRANSFORM, (index, "name"), f"{lacks} {name!r}", _nearest(name, names))

    def duplicates(self, transforms: Sequence[Transform]) -> None:
        first: dict[str, int] = {}
        for index, transform in enumerate(transforms):
            if transform.name in first:
                place = self._locate(("transforms", first[transform.name], "name"))
                also = f", also at {place}" if place else ""
                self.add(DUPLICATE_TRANSFORM, (index, "name"), f"{transform.name!r} is listed twice{also}")
            first.setdefault(transform.name, index)

    def computes(self, transforms: Sequence[Transform], computes: Sequence[str]) -> None:
        for index, transform in enumerate(transforms):
            if transform.compute is not None and transform.compute not in computes:
                problem = f"the manifest has no compute {transform.compute!r}; it has {', '.join(computes) or 'none'}"
                self.add(UNKNOWN_COMPUTE, (index, "compute"), problem, _nearest(transform.compute, computes))

    def dependencies(self, index: int, transform: Transform, node: Node, graph: Graph) -> None:
        """Each dependency is one that the graph has too; the graph may have more."""
        nodes = graph.by_id()
        parents = {nodes[parent].name for parent in node.depends_on if parent in nodes}
        # a source is called `source.table` in the graph; its table's name alone will do here
        parents |= {name.rpartition(".")[2] for name in parents}
        for position, dependency in enumerate(transform.depends_on or ()):
            if dependency not in parents:
                has = ", ".join(sorted(nodes[parent].name for parent in node.depends_on if parent in nodes))
                problem = f"{transform.name!r} depends on {has or 'nothing'} in {graph.engine}, not on {dependency!r}"
                self.add(UNKNOWN_DEPENDENCY, (index, "depends_on", position), problem, _nearest(dependency, parents))

    def cycle(self, transforms: Sequence[Transform]) -> None:
        """Name one cycle, at the entry in which it begins."""
        edges = {transform.name: transform.depends_on or () for transform in transforms}
        try:
            TopologicalSorter(edges).prepare()
        except CycleError as error:
            path = list(reversed(error.args[1]))
            index = next((number for number, item in enumerate(transforms) if item.name == path[0]), 0)
            self.add(CYCLE, (index, "depends_on"), f"these depend on each other: {' -> '.join(path)}")
