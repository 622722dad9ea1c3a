"""The graph as lines for a terminal: level by level, each node with what it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from floe_sdk.graph.view import ColumnView, GraphView, NodeView


def render_text(view: GraphView, *, columns: bool) -> str:
    """A line a node, under a heading a level; with `columns` a line each of them, with what it is made from."""
    return "\n".join(_lines(view, columns=columns)) + "\n"


def _lines(view: GraphView, *, columns: bool) -> Iterator[str]:
    checks = sum(len(node.checks) for node in view.nodes)
    tests = f"{checks} test{'s' * (checks != 1)}"
    yield f"{view.product} {view.version} ({view.environment}): {len(view.nodes)} nodes, {tests}"
    nodes = view.by_id()
    names = max((len(node.name) for node in view.nodes), default=0)
    kinds = max((len(node.kind) for node in view.nodes), default=0)
    level = -1
    for node in view.nodes:
        if node.level != level:
            level = node.level
            yield ""
            yield f"level {level}"
        tests = f"{len(node.checks)} tests" if len(node.checks) != 1 else "1 test"
        reads = ", ".join(nodes[parent].name for parent in node.parents)
        if node.kind == "source":  # of which files, or of which product
            reads = node.table or ""
        line = f"  {node.name:<{names}}  {node.kind:<{kinds}}  {tests:>8}  {'<- ' + reads if reads else ''}"
        yield line.rstrip()
        if columns:
            yield from _columns(node, nodes)
    for note in view.notes:
        yield ""
        yield f"note: {note}"


def _columns(node: NodeView, nodes: dict[str, NodeView]) -> Iterator[str]:
    width = max((len(column.name) for column in node.columns), default=0)
    for column in node.columns:
        yield f"      {column.name:<{width}}  {_origin(column, nodes)}".rstrip()


def _origin(column: ColumnView, nodes: dict[str, NodeView]) -> str:
    if column.sources is None:
        return f"? {column.unknown}" if column.unknown else ""
    return "<- " + ", ".join(f"{nodes[use.node].name}.{use.column}" for use in column.sources) if column.sources else ""
