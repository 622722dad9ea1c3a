"""The graph as a Mermaid flowchart, for Markdown pages that draw it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from floe_sdk.graph.view import GraphView, NodeView

_SHAPES = {"source": ('[("', '")]'), "seed": ('[/"', '"/]'), "view": ('("', '")'), "ephemeral": ('("', '")')}
_BOX = ('["', '"]')
_SPECIAL = re.compile(r"[^\w .,:()+*/=-]", re.ASCII)
_STYLES = {
    "source": "fill:#dbeafe,stroke:#3b82f6,color:#111827",
    "seed": "fill:#fef3c7,stroke:#d97706,color:#111827",
    "view": "fill:#f3f4f6,stroke:#6b7280,color:#111827",
    "ephemeral": "fill:#ffffff,stroke:#9ca3af,color:#111827,stroke-dasharray:4 3",
    "snapshot": "fill:#ede9fe,stroke:#7c3aed,color:#111827",
    "table": "fill:#dcfce7,stroke:#16a34a,color:#111827",
}
_LIKE = {"incremental": "table", "custom": "table"}


def render_mermaid(view: GraphView, *, columns: bool) -> str:
    """A flowchart from left to right; with `columns` each node is a box of its columns, joined by their lineage."""
    return "\n".join(_lines(view, columns=columns)) + "\n"


def _lines(view: GraphView, *, columns: bool) -> Iterator[str]:
    yield "flowchart LR"
    ids = {node.id: f"n{number}" for number, node in enumerate(view.nodes)}
    for node in view.nodes:
        if columns and node.columns:
            yield from _box_of_columns(node, ids[node.id])
        else:
            begin, end = _SHAPES.get(node.kind, _BOX)
            yield f"  {ids[node.id]}{begin}{_label(node)}{end}"
    joined = set()
    if columns:
        for child, parent, line in _column_edges(view, ids):
            joined.add((parent, child))
            yield line
    for parent, child in view.edges:
        if (parent, child) not in joined:
            yield f"  {ids[parent]} --> {ids[child]}"
    yield from _styles(view, ids)


def _label(node: NodeView) -> str:
    return f"{escaped(node.name)}<br/>{escaped(node.facts.replace(' · ', ', '))}"


def _box_of_columns(node: NodeView, identity: str) -> Iterator[str]:
    yield f'  subgraph {identity}["{escaped(node.name)}"]'
    yield "    direction TB"
    for number, column in enumerate(node.columns):
        yield f'    {identity}c{number}["{escaped(column.name)}"]'
    yield "  end"


def _column_edges(view: GraphView, ids: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    places = {
        (node.id, column.name.lower()): f"{ids[node.id]}c{number}"
        for node in view.nodes
        for number, column in enumerate(node.columns)
    }
    for node in view.nodes:
        for column in node.columns:
            for use in column.sources or ():
                if origin := places.get((use.node, use.column.lower())):
                    yield node.id, use.node, f"  {origin} --> {places[node.id, column.name.lower()]}"


def _styles(view: GraphView, ids: Mapping[str, str]) -> Iterator[str]:
    for style, text in _STYLES.items():
        members = [ids[node.id] for node in view.nodes if _LIKE.get(node.kind, node.kind) == style]
        if members:
            yield f"  classDef {style} {text}"
            yield f"  class {','.join(members)} {style}"


def escaped(text: str) -> str:
    """A text within a quoted label: whatever Mermaid or HTML could read as its own becomes a character's number."""
    return _SPECIAL.sub(lambda match: f"#{ord(match[0])};", " ".join(text.split()))
