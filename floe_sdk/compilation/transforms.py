"""What floe.yaml's `transforms` say of the graph: checked against it and put on its nodes, or the graph itself.

Names that stand twice, circles and unknown computes are found before, with the documents.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from pydantic_core import to_json

from floe_sdk.errors import FloeError, raise_all
from floe_sdk.errors.compilation import AMBIGUOUS_TRANSFORM, UNKNOWN_PARENT, UNKNOWN_TRANSFORM
from floe_sdk.errors.documents import DEPENDENCY_CYCLE
from floe_sdk.project.document import shown_path
from floe_sdk.project.transforms import check_dependencies
from floe_sdk.schemas.fields import nearest
from floe_sdk.schemas.graph import FLOE_ENGINE, Graph, Materialization, Node, NodeKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from floe_sdk.project.transforms import Locate
    from floe_sdk.schemas.spec import Transform

_NAMED = frozenset({NodeKind.MODEL, NodeKind.SEED, NodeKind.SNAPSHOT})


def check_order(graph: Graph, product_root: Path) -> None:
    """Raise where nodes of the project read each other in a circle: dbt itself notices only when it runs."""
    try:
        TopologicalSorter({node.id: node.depends_on for node in graph.nodes}).prepare()
    except CycleError as error:
        nodes = graph.by_id()
        circle = [nodes[each] for each in reversed(error.args[1])]
        shown = " -> ".join(node.name for node in circle)
        problem = f"nodes of the project depend on each other in a circle: {shown}"
        where = shown_path(product_root / graph.root / circle[0].path)
        raise FloeError(DEPENDENCY_CYCLE, problem, where=where, fix="remove one of these references") from None


def merge_transforms(graph: Graph, transforms: Sequence[Transform], *, owner: str | None, locate: Locate) -> Graph:
    """The graph with the entries' tags, tier, compute and quality checks on its nodes, and `owner` where nobody is.

    Raises every problem at once: an entry that the graph lacks, a dependency that the node does not have there.
    """
    nodes_by_id = graph.by_id()
    named: dict[str, list[Node]] = defaultdict(list)
    for node in graph.nodes:
        if node.kind in _NAMED:
            named[node.name].append(node)
    problems: list[FloeError] = []
    entries: dict[str, Transform] = {}
    for index, transform in enumerate(transforms):
        nodes = named.get(transform.name, [])
        # a package's model of the same name does not make the product's own ambiguous
        own = [node for node in nodes if node.package in ("", graph.name)] or nodes
        if len(own) == 1:
            entries[own[0].id] = transform
            parents = [nodes_by_id[parent].name for parent in own[0].depends_on if parent in nodes_by_id]
            problems += _check_parents(index, transform, parents, graph.engine, locate)
        else:
            problems.append(_not_one(index, transform.name, own, graph, named, locate))
    raise_all(problems)
    merged = [_put(node, entries.get(node.id), owner) for node in graph.nodes]
    return graph.model_copy(update={"nodes": tuple(sorted(merged, key=lambda node: node.id))})


def graph_of_transforms(
    name: str,
    transforms: Sequence[Transform],
    *,
    namespace: str,
    version: str,
    locate: Locate,
    owner: str | None = None,
) -> Graph:
    """The graph of a product that has no transform project: one table for each entry.

    Raises every dependency that no entry is.
    """
    known = {transform.name: f"model.{name}.{transform.name}" for transform in transforms}
    raise_all(check_dependencies(transforms, known, locate))
    nodes = [
        Node(
            id=known[transform.name],
            name=transform.name,
            kind=NodeKind.MODEL,
            package=name,
            materialization=Materialization.TABLE,
            namespace=namespace,
            table=transform.name,
            owner=owner,
            tags=tuple(sorted(set(transform.tags))),
            tier=transform.tier,
            compute=transform.compute,
            quality_checks=transform.quality_checks,
            depends_on=tuple(sorted(known[dependency] for dependency in transform.depends_on or ())),
        )
        for transform in transforms
    ]
    digest = hashlib.sha256(to_json([namespace, *transforms])).hexdigest()
    return Graph(
        name=name,
        engine=FLOE_ENGINE,
        engine_version=version,
        project_hash=digest,
        nodes=tuple(sorted(nodes, key=lambda node: node.id)),
    )


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


def _not_one(
    index: int, name: str, nodes: Sequence[Node], graph: Graph, names: dict[str, list[Node]], locate: Locate
) -> FloeError:
    where = locate(("transforms", index, "name"))
    if nodes:
        ids = ", ".join(node.id for node in nodes)
        fix = AMBIGUOUS_TRANSFORM.remedy
        return FloeError(AMBIGUOUS_TRANSFORM, f"`{name}` may be any of {ids}", where=where, fix=fix)
    guess = nearest(name, names)
    return FloeError(
        UNKNOWN_TRANSFORM,
        f"the {graph.engine} project has no model, seed or snapshot `{name}`",
        where=where,
        fix=f"did you mean `{guess}`?" if guess else UNKNOWN_TRANSFORM.remedy,
    )


def _check_parents(
    index: int, transform: Transform, parents: Sequence[str], engine: str, locate: Locate
) -> Iterator[FloeError]:
    """Each dependency is among `parents`, what the node reads in the graph; the graph may have more."""
    # a source is called `source.table` in the graph; its table's name alone will do here
    known = {*parents, *(name.rpartition(".")[2] for name in parents)}
    for position, dependency in enumerate(transform.depends_on or ()):
        if dependency not in known:
            guess = nearest(dependency, known)
            has = ", ".join(sorted(parents)) or "nothing"
            yield FloeError(
                UNKNOWN_PARENT,
                f"`{transform.name}` depends on {has} in {engine}, not on `{dependency}`",
                where=locate(("transforms", index, "depends_on", position)),
                fix=f"did you mean `{guess}`?" if guess else UNKNOWN_PARENT.remedy,
            )
