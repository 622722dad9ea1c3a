"""The graph as one page that needs nothing else: no server, no network, no file beside it."""

from __future__ import annotations

from html import escape
from string import Template
from typing import TYPE_CHECKING

from floe_sdk.graph.embedding import embedded, hashed, part
from floe_sdk.graph.layout import HEIGHT, LONGEST, layout_of
from floe_sdk.graph.view import as_dict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from floe_sdk.graph.layout import Layout, Point
    from floe_sdk.graph.view import GraphView, NodeView

_PACKAGE = "floe_sdk.graph"
_ORDER = ("source", "seed", "table", "incremental", "view", "ephemeral", "snapshot")


def render_html(view: GraphView) -> str:
    """The page. Its content security policy lets nothing be fetched, and no script run but its own."""
    style, script = part(_PACKAGE, "page.css"), part(_PACKAGE, "near.js") + part(_PACKAGE, "page.js")
    layout = layout_of(view)
    kinds = sorted({node.kind for node in view.nodes}, key=lambda kind: (*_ORDER, kind).index(kind))
    checks = sum(len(node.checks) for node in view.nodes)
    return Template(part(_PACKAGE, "page.html")).substitute(
        style=style,
        script=script,
        style_hash=hashed(style),
        script_hash=hashed(script),
        data=embedded(as_dict(view)),
        title=escape(view.product),
        description=escape(view.description),
        facts=escape(
            f"{view.version} · {view.environment} · {len(view.nodes)} nodes · {checks} test{'s' * (checks != 1)}"
        ),
        kinds="".join(_kind(kind, view) for kind in kinds),
        notes="".join(f'<p class="note">{escape(note)}</p>' for note in view.notes),
        width=f"{layout.width:g}",
        height=f"{layout.height:g}",
        edges="".join(_edge(parent, child, points) for (parent, child), points in layout.edges.items()),
        nodes="".join(_node(node, layout) for node in view.nodes),
    )


def _kind(kind: str, view: GraphView) -> str:
    count = sum(node.kind == kind for node in view.nodes)
    return (
        f'<button type="button" class="chip" data-kind="{escape(kind)}" aria-pressed="true">'
        f'<span class="dot {_style(kind)}"></span>{escape(kind)} <b>{count}</b></button>'
    )


def _style(kind: str) -> str:
    """The class that colours a kind; a kind of somebody's own looks like a table."""
    return f"k-{kind if kind in _ORDER else 'table'}"


def _edge(parent: str, child: str, points: Sequence[Point]) -> str:
    return f'<path class="edge" data-from="{escape(parent)}" data-to="{escape(child)}" d="{_curve(points)}"/>'


def _curve(points: Sequence[Point]) -> str:
    """Level where an edge leaves, passes or meets a box; bent between them."""
    x, y = points[0]
    parts = [f"M{x:.1f} {y:.1f}"]
    for number, (to_x, to_y) in enumerate(points[1:]):
        if number % 2:  # along the lane beside other boxes
            parts.append(f"L{to_x:.1f} {to_y:.1f}")
        else:
            middle = (x + to_x) / 2
            parts.append(f"C{middle:.1f} {y:.1f} {middle:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}")
        x, y = to_x, to_y
    return "".join(parts)


def _node(node: NodeView, layout: Layout) -> str:
    x, y, width = layout.boxes[node.id]
    return (
        f'<g class="node {_style(node.kind)}" data-id="{escape(node.id)}" transform="translate({x:.1f} {y:.1f})" '
        f'tabindex="0" role="button" aria-pressed="false" aria-label="{escape(f"{node.name}, {node.facts}")}">'
        f"<title>{escape(node.name)}</title>"
        f'<rect class="box" width="{width:g}" height="{HEIGHT}" rx="8"/>'
        f'<path class="bar" d="M8 0H6a6 6 0 0 0-6 6v{HEIGHT - 12}a6 6 0 0 0 6 6h2z"/>'
        f'<text class="name" x="20" y="20">{escape(_shortened(node.name))}</text>'
        f'<text class="meta" x="20" y="36" data-meta="{escape(node.facts)}">{escape(node.facts)}</text></g>'
    )


def _shortened(name: str) -> str:
    if len(name) <= LONGEST:
        return name
    half = (LONGEST - 1) // 2
    return f"{name[:half]}…{name[-half:]}"
