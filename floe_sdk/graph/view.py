"""What a picture of a graph shows: the nodes with data, tests folded into them, and their levels."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from floe_sdk.schemas.graph import NodeKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from floe_sdk.schemas.graph import Graph, Node


@dataclass(frozen=True, order=True)
class ColumnUse:
    """A column that another one is made from, and how: `IDENTITY`, `TRANSFORMATION`, `AGGREGATION`."""

    node: str
    column: str
    how: str


@dataclass(frozen=True)
class ColumnView:
    """A column of a node; `sources` is None, with a reason in `unknown`, where its lineage can't be told."""

    name: str
    data_type: str | None = None
    description: str = ""
    tags: tuple[str, ...] = ()
    sources: tuple[ColumnUse, ...] | None = None
    unknown: str | None = None


@dataclass(frozen=True)
class CheckView:
    """A test of a node, of one of its columns where `column` says which."""

    name: str
    column: str | None
    severity: str


@dataclass(frozen=True)
class NodeView:
    """A node with its parents (ids) and its level: every parent stands on a lower one."""

    id: str
    name: str
    kind: str
    table: str | None = None
    path: str = ""
    description: str = ""
    owner: str | None = None
    tier: str | None = None
    tags: tuple[str, ...] = ()
    columns: tuple[ColumnView, ...] = ()
    checks: tuple[CheckView, ...] = ()
    parents: tuple[str, ...] = ()
    level: int = 0

    @property
    def facts(self) -> str:
        """In a few words: its kind, its tier and how many tests it has."""
        tests = f"{len(self.checks)} test{'s' * (len(self.checks) != 1)}" if self.checks else ""
        return " · ".join(filter(None, [self.kind, self.tier, tests]))


@dataclass(frozen=True)
class GraphView:
    """A product's graph; `nodes` are sorted by level, then name. `notes` say what could not be told, and why."""

    product: str
    version: str
    environment: str
    namespace: str
    description: str = ""
    nodes: tuple[NodeView, ...] = ()
    notes: tuple[str, ...] = field(default=())
    columns: bool = False

    def by_id(self) -> dict[str, NodeView]:
        """The nodes by id."""
        return {node.id: node for node in self.nodes}

    @property
    def edges(self) -> list[tuple[str, str]]:
        """Parent and child, sorted."""
        return sorted((parent, node.id) for node in self.nodes for parent in node.parents)


def view_of(graph: Graph, product: GraphView, *, columns: Mapping[str, tuple[ColumnView, ...]] | None) -> GraphView:
    """The picture of a graph: `product`, which says whose it is, with the nodes.

    `columns` are those of each node by id, with their lineage; None shows those that the project declares.
    """
    shown = [node for node in graph.nodes if not node.is_test]
    checks = _checks(graph)
    levels = levels_of({node.id: node.depends_on for node in shown})
    views = [
        NodeView(
            id=node.id,
            name=node.name,
            kind=_kind(node),
            table=_table(node),
            path=node.path,
            description=node.description,
            owner=node.owner,
            tier=node.tier,
            tags=node.tags,
            columns=declared(node) if columns is None else columns.get(node.id, declared(node)),
            checks=tuple(checks.get(node.id, ())),
            parents=tuple(parent for parent in node.depends_on if parent in levels),
            level=levels[node.id],
        )
        for node in shown
    ]
    views.sort(key=lambda node: (node.level, node.name, node.id))
    return replace(product, nodes=tuple(views), columns=columns is not None)


def declared(node: Node) -> tuple[ColumnView, ...]:
    """The columns that the project declares."""
    return tuple(ColumnView(column.name, column.data_type, column.description, column.tags) for column in node.columns)


def levels_of(parents: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Each node's level: one more than its highest parent's, and what has no parent right before its first child."""
    levels: dict[str, int] = {}
    for node_id in topological(parents):
        levels[node_id] = 1 + max((levels[parent] for parent in parents[node_id] if parent in levels), default=-1)
    first_child: dict[str, int] = {}
    for node_id, above in parents.items():
        for parent in above:
            first_child[parent] = min(first_child.get(parent, levels[node_id]), levels[node_id])
    for node_id, above in parents.items():
        if not any(parent in parents for parent in above) and node_id in first_child:
            levels[node_id] = first_child[node_id] - 1
    return levels


def topological(parents: Mapping[str, Sequence[str]]) -> list[str]:
    """The ids, every parent before its children; unknown parents are left out."""
    from graphlib import TopologicalSorter

    known = {node_id: sorted(each for each in above if each in parents) for node_id, above in sorted(parents.items())}
    return list(TopologicalSorter(known).static_order())


def as_dict(view: GraphView) -> dict[str, Any]:
    """The picture as plain data, without what is empty: `floe graph --format json`, and the page's own data."""
    return {
        "product": view.product,
        "version": view.version,
        "environment": view.environment,
        "namespace": view.namespace,
        "description": view.description,
        "column_lineage": view.columns,
        "notes": list(view.notes),
        "nodes": [_node_dict(node) for node in view.nodes],
        "edges": [list(edge) for edge in view.edges],
    }


def _node_dict(node: NodeView) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": node.id,
        "name": node.name,
        "kind": node.kind,
        "level": node.level,
        "table": node.table,
        "path": node.path,
        "description": node.description,
        "owner": node.owner,
        "tier": node.tier,
        "tags": list(node.tags),
        "columns": [_column_dict(column) for column in node.columns],
        "tests": [{"name": check.name, "column": check.column, "severity": check.severity} for check in node.checks],
        "parents": list(node.parents),
    }
    return {key: value for key, value in data.items() if value not in (None, "", [])}


def _column_dict(column: ColumnView) -> dict[str, Any]:
    data: dict[str, Any] = {
        "name": column.name,
        "type": column.data_type,
        "description": column.description,
        "tags": list(column.tags),
        "unknown": column.unknown,
    }
    known = {key: value for key, value in data.items() if value not in (None, "", [])}
    if column.sources is not None:
        known["from"] = [{"node": use.node, "column": use.column, "how": use.how} for use in column.sources]
    return known


def _kind(node: Node) -> str:
    """What it is, in one word: a model is what it leaves behind."""
    if node.kind is NodeKind.MODEL and node.materialization:
        return node.materialization.value
    return node.kind.value


def _table(node: Node) -> str | None:
    if node.source_location:
        return node.source_location
    if node.upstream:
        return str(node.upstream)
    return f"{node.namespace}.{node.table}" if node.namespace and node.table else None


def _checks(graph: Graph) -> dict[str, list[CheckView]]:
    """The tests of each node: of what a test names, else of everything that it reads."""
    checks: dict[str, list[CheckView]] = {}
    for node in graph.nodes:
        if node.is_test:
            test = node.test
            tested = (test.tested,) if test and test.tested else node.depends_on
            name = (test.generic if test else None) or node.name
            check = CheckView(name, test.column if test else None, test.severity.value if test else "error")
            for each in tested:
                checks.setdefault(each, []).append(check)
    return checks
