"""Where nodes and edges of a picture lie: columns by level, few crossings, edges around the nodes between them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from floe_sdk.graph.view import GraphView

HEIGHT = 48
_ROW, _LANE = 72, 26
"""What a node and what an edge that passes takes of a column's height, with the room around it."""
_GAP = 92
_MARGIN = 28
_SWEEPS = 12
_CHARACTER, _SMALL_CHARACTER = 7.9, 6.6
_NARROWEST, _WIDEST = 150, 300
LONGEST = int((_WIDEST - 34) / _CHARACTER)
"""Characters of a name that a box holds."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Layout:
    """Boxes (x, y, width) by node id, and the points of each edge by parent and child."""

    width: float
    height: float
    boxes: Mapping[str, tuple[float, float, float]]
    edges: Mapping[tuple[str, str], Sequence[Point]]


def layout_of(view: GraphView) -> Layout:
    """Place the nodes of a picture."""
    layers, links, paths = _layers(view)
    _order(layers, links)
    widths = _widths(view, len(layers))
    xs = [_MARGIN + sum(widths[:number]) + _GAP * number for number in range(len(layers))]
    centers = _centers(layers, links)
    top = min(centers.values(), default=0)
    centers = {key: value - top + _MARGIN + HEIGHT / 2 for key, value in centers.items()}
    boxes = {node.id: (xs[node.level], centers[node.id] - HEIGHT / 2, float(widths[node.level])) for node in view.nodes}
    levels = {key: number for number, layer in enumerate(layers) for key in layer}
    edges = {}
    for edge, path in paths.items():
        points: list[Point] = []
        for key in path:
            left, right = xs[levels[key]], xs[levels[key]] + widths[levels[key]]
            y = centers[key]
            points += [(right, y)] if key == edge[0] else [(left, y)] if key == edge[1] else [(left, y), (right, y)]
        edges[edge] = points
    width = (xs[-1] + widths[-1] if xs else 0) + _MARGIN
    height = max(centers.values(), default=0) + HEIGHT / 2 + _MARGIN
    return Layout(width, height, boxes, edges)


Links = dict[str, list[str]]


def _layers(view: GraphView) -> tuple[list[list[str]], tuple[Links, Links], dict[tuple[str, str], list[str]]]:
    """The nodes by level; an edge that passes levels has a place of its own in each of them."""
    levels = {node.id: node.level for node in view.nodes}
    layers: list[list[str]] = [[] for _ in range(max(levels.values(), default=-1) + 1)]
    for node in view.nodes:
        layers[node.level].append(node.id)
    before: Links = {}
    after: Links = {}
    paths = {}
    for parent, child in view.edges:
        path = [parent]
        for level in range(levels[parent] + 1, levels[child]):
            lane = f"{parent}\0{child}\0{level}"
            layers[level].append(lane)
            path.append(lane)
        path.append(child)
        paths[parent, child] = path
        for one, other in pairwise(path):
            after.setdefault(one, []).append(other)
            before.setdefault(other, []).append(one)
    return layers, (before, after), paths


def _order(layers: list[list[str]], links: tuple[Links, Links]) -> None:
    """Sort each level by where its neighbours stand, to and fro; keep the best order that was seen."""
    best, crossings = [list(layer) for layer in layers], _crossings(layers, links[1])
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        neighbours = links[0] if forward else links[1]
        for number in range(len(layers)) if forward else reversed(range(len(layers))):
            other = number - 1 if forward else number + 1
            if 0 <= other < len(layers):
                _sort(layers[number], layers[other], neighbours)
        found = _crossings(layers, links[1])
        if found < crossings:
            best, crossings = [list(layer) for layer in layers], found
        if not crossings:
            break
    layers[:] = best


def _sort(layer: list[str], other: list[str], neighbours: Links) -> None:
    places = {key: place for place, key in enumerate(other)}
    now = {key: place * len(other) / max(len(layer), 1) for place, key in enumerate(layer)}

    def mean(key: str) -> float:
        found = [places[each] for each in neighbours.get(key, ()) if each in places]
        return sum(found) / len(found) if found else now[key]

    layer.sort(key=mean)


def _crossings(layers: list[list[str]], after: Links) -> int:
    """How many pairs of edges cross."""
    total = 0
    for layer, following in pairwise(layers):
        places = {key: place for place, key in enumerate(following)}
        ends = [place for key in layer for place in sorted(places[each] for each in after.get(key, ()))]
        total += _inversions(ends, len(following))
    return total


def _inversions(values: Sequence[int], size: int) -> int:
    """How many pairs stand in the wrong order, counted with a Fenwick tree."""
    tree = [0] * (size + 1)
    total = 0
    for seen, value in enumerate(values):
        index, smaller = value + 1, 0
        while index:
            smaller += tree[index]
            index -= index & -index
        total += seen - smaller
        index = value + 1
        while index <= size:
            tree[index] += 1
            index += index & -index
    return total


def _widths(view: GraphView, levels: int) -> list[int]:
    longest = [0] * levels
    for node in view.nodes:
        wanted = max(len(node.name) * _CHARACTER, len(node.facts) * _SMALL_CHARACTER)
        longest[node.level] = max(longest[node.level], int(wanted))
    return [min(_WIDEST, max(_NARROWEST, length + 34)) for length in longest]


def _centers(layers: list[list[str]], links: tuple[Links, Links]) -> dict[str, float]:
    """Heights: as near to the neighbours' as the order and the room of each allow."""
    centers = {}
    for layer in layers:
        position = 0.0
        for key in layer:
            position += _room(key) / 2
            centers[key] = position
            position += _room(key) / 2
    both = {key: [*links[0].get(key, ()), *links[1].get(key, ())] for key in centers}
    for sweep in range(2 * _SWEEPS):
        forward = sweep % 2 == 0
        neighbours = both if sweep >= _SWEEPS else links[0 if forward else 1]
        for layer in layers if forward else reversed(layers):
            wanted = [_wanted(key, centers, neighbours) for key in layer]
            centers.update(zip(layer, _spread(layer, wanted), strict=True))
    return centers


def _wanted(key: str, centers: Mapping[str, float], neighbours: Links) -> float:
    found = [centers[each] for each in neighbours.get(key, ())]
    return sum(found) / len(found) if found else centers[key]


def _spread(layer: Sequence[str], wanted: Sequence[float]) -> list[float]:
    """The places nearest to the wanted ones (least squares) that keep the order and the room.

    Neighbours that want the same place form a block, which lies at the mean of what its members want.
    """
    blocks: list[tuple[float, int]] = []  # mean of what members want, less their offsets; number of members
    offsets = [0.0]
    for one, other in pairwise(layer):
        offsets.append(offsets[-1] + (_room(one) + _room(other)) / 2)
    for value, offset in zip(wanted, offsets, strict=False):
        mean, count = value - offset, 1
        while blocks and blocks[-1][0] > mean:
            before, members = blocks.pop()
            mean = (mean * count + before * members) / (count + members)
            count += members
        blocks.append((mean, count))
    places = [mean for mean, count in blocks for _ in range(count)]
    return [place + offset for place, offset in zip(places, offsets, strict=False)]


def _room(key: str) -> int:
    return _LANE if "\0" in key else _ROW
