"""Pictures of a graph as text, Mermaid, JSON and a page; where things lie."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from support.lineage import NODES

from floe_sdk.graph.html import render_html
from floe_sdk.graph.layout import HEIGHT, layout_of
from floe_sdk.graph.mermaid import render_mermaid
from floe_sdk.graph.text import render_text
from floe_sdk.graph.view import ColumnUse, ColumnView, GraphView, NodeView, as_dict, view_of
from floe_sdk.schemas.graph import Graph, Node, NodeKind, Upstream

BAD = "</script><b>&\"'`#;[]{}()|--> end\nsubgraph \u2028 <!--"
EMPTY = GraphView("shop", "1.2.3", "staging", "shop", "What is sold.")
GRAPH = Graph(name="shop", engine="dbt", engine_version="1", project_hash="x", nodes=NODES)


@pytest.fixture
def view():
    """The shop: a source and a seed, a view, a table with a test; column lineage of one column."""
    cents = (ColumnUse("model.shop.stg_orders", "amount", "TRANSFORMATION"),)
    columns = {
        "model.shop.stg_orders": (ColumnView("id"), ColumnView("amount")),
        "model.shop.orders": (ColumnView("cents", "int", sources=cents), ColumnView("odd", unknown="it is no SELECT")),
    }
    return view_of(GRAPH, EMPTY, columns=columns)


def test_tests_are_counts_and_levels_follow_the_edges(view):
    found = {node.name: (node.level, [check.name for check in node.checks]) for node in view.nodes}
    assert found == {
        "raw.orders": (0, []),
        "stg_orders": (1, []),
        "regions": (1, []),  # right before what reads it
        "orders": (2, ["unique"]),
    }


def test_text(view):
    lines = render_text(view, columns=True).splitlines()
    assert lines[0] == "shop 1.2.3 (staging): 4 nodes, 1 test"
    assert [line.split() for line in lines if line.startswith("  orders")] == [
        ["orders", "table", "1", "test", "<-", "stg_orders,", "regions"]
    ]
    assert "      cents  <- stg_orders.amount" in lines
    assert "      odd    ? it is no SELECT" in lines
    assert "cents" not in render_text(view, columns=False)


def test_text_says_of_which_product_a_source_is():
    upstream = Upstream(relation=("other", "mart"), product="customer-360", port="mart")
    node = Node(id="source.p.other.mart", name="other.mart", kind=NodeKind.SOURCE, upstream=upstream)
    graph = Graph(name="p", engine="dbt", engine_version="1", project_hash="", nodes=(node,))
    text = render_text(view_of(graph, GraphView("p", "1.0.0", "dev", "p"), columns=None), columns=False)
    assert text.splitlines()[-1].split() == ["other.mart", "source", "0", "tests", "<-", "customer-360/mart"]


LABEL = r'"[\w .,:()+*/=<>#;-]*"'
STATEMENTS = [
    r"flowchart LR",
    rf"n\d+(\[{LABEL}\]|\(\[?{LABEL}\]?\)|\[\({LABEL}\)\]|\[/{LABEL}/\])",
    r"n\d+(c\d+)? --> n\d+(c\d+)?",
    rf"subgraph n\d+\[{LABEL}\]",
    rf"n\d+c\d+\[{LABEL}\]",
    r"direction TB",
    r"end",
    r"classDef \w+ [\w:#,\- ]+",
    r"class n\d+(,n\d+)* \w+",
]


def read_mermaid(text):
    """The statements of a flowchart, by as much of its grammar as is used; markup only as `<br/>` in labels."""
    lines = [line.strip() for line in text.splitlines()]
    assert lines[0] == "flowchart LR"
    depth = 0
    for line in lines:
        assert any(re.fullmatch(statement, line) for statement in STATEMENTS), line
        assert not re.search(r"[<>]", line.replace("<br/>", "").replace("-->", "")), line
        assert "#" not in re.sub(r"#\d+;", "", line) or line.startswith("classDef"), line
        depth += line.startswith("subgraph") - (line == "end")
        assert depth in (0, 1)
    assert depth == 0
    used = {end for line in lines if "-->" in line for end in line.split(" --> ")}
    declared = {
        re.match(r"(subgraph )?(n\d+(c\d+)?)\b", line)[2] for line in lines if re.match(r"(subgraph )?n\d", line)
    }
    assert used <= declared
    return lines


def test_mermaid(view):
    lines = read_mermaid(render_mermaid(view, columns=False))
    assert 'n0[("raw.orders<br/>source")]' in lines
    assert 'n3["orders<br/>table, 1 test"]' in lines
    assert sum("-->" in line for line in lines) == 3
    lines = read_mermaid(render_mermaid(view, columns=True))
    assert "n2c1 --> n3c0" in lines
    assert "n1 --> n3" in lines  # what columns do not tell, the node's edge does


@pytest.mark.parametrize("columns", [False, True])
def test_mermaid_takes_nothing_for_its_own(columns):
    read_mermaid(render_mermaid(hostile(), columns=columns))


def test_json_is_plain_and_stable(view):
    data = as_dict(view)
    assert json.loads(json.dumps(data)) == data
    assert as_dict(view_of(GRAPH.model_copy(update={"nodes": tuple(reversed(NODES))}), EMPTY, columns=None))[
        "edges"
    ] == sorted(data["edges"])
    orders = data["nodes"][-1]
    assert orders["tests"] == [{"name": "unique", "column": "id", "severity": "error"}]
    assert orders["columns"][0] == {
        "name": "cents",
        "type": "int",
        "from": [{"node": "model.shop.stg_orders", "column": "amount", "how": "TRANSFORMATION"}],
    }


class Page(HTMLParser):
    """The elements of a page and the texts within scripts; void elements aside, each must be closed."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.scripts, self._open = [], [], []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "input"):
            self._open.append(tag)
            self.scripts += [""] if tag == "script" else []

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        if self._open and self._open[-1] == "script":
            self.scripts[-1] += data


def test_the_page_needs_nothing_else_and_nothing_in_it_is_markup():
    text = render_html(hostile())
    page = Page(text)
    assert {tag for tag, _ in page.elements} <= SHOWN
    assert len(page.scripts) == 2
    assert json.loads(page.scripts[0]) == as_dict(hostile())
    assert not re.search(r"https?:|@import|url\((?!#)|\bfetch\(|XMLHttpRequest|innerHTML|eval\(", text)
    policy = next(attributes["content"] for _, attributes in page.elements if attributes.get("http-equiv"))
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


SHOWN = {
    *("html", "head", "meta", "link", "title", "style", "script", "body", "header", "main", "aside", "div"),
    *("h1", "p", "b", "span", "kbd", "label", "input", "output", "button", "dl", "dt", "dd"),
    *("svg", "defs", "marker", "path", "g", "rect", "text"),
}


def hostile():
    column = ColumnView(BAD, BAD, BAD, (BAD,), (ColumnUse(BAD, BAD, BAD),))
    one = NodeView(BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, (BAD,), (column,))
    two = replace(one, id=f"{BAD}2", kind="table", parents=(BAD,), level=1)
    return GraphView(BAD, BAD, BAD, BAD, BAD, (one, two), (BAD,), columns=True)


@pytest.mark.parametrize("seed", range(5))
def test_boxes_never_overlap_and_edges_pass_beside_them(seed):
    view = random_view(seed, 60)
    layout = layout_of(view)
    boxes = list(layout.boxes.values())
    for index, (x, y, width) in enumerate(boxes):
        assert 0 <= x <= x + width <= layout.width
        assert 0 <= y <= y + HEIGHT <= layout.height
        for other_x, other_y, _ in boxes[index + 1 :]:
            assert x != other_x or abs(y - other_y) >= HEIGHT
    for points in layout.edges.values():
        assert [x for x, _ in points] == sorted(x for x, _ in points)
        for x, y in points[1:-1]:
            assert not any(box_x <= x <= box_x + width and top < y < top + HEIGHT for box_x, top, width in boxes)


def test_the_same_graph_lies_the_same():
    assert layout_of(random_view(1, 40)) == layout_of(random_view(1, 40))
    assert layout_of(EMPTY).boxes == {}


def random_view(seed, size):
    chance = random.Random(seed)
    nodes: list[NodeView] = []
    for number in range(size):
        some = chance.sample(nodes, min(len(nodes), chance.choice([0, 1, 1, 2, 3])))
        level = 1 + max((node.level for node in some), default=-1)
        parents = tuple(sorted(node.id for node in some))
        nodes.append(NodeView(f"n{number}", "x" * chance.randrange(1, 60), "table", parents=parents, level=level))
    return replace(EMPTY, nodes=tuple(sorted(nodes, key=lambda node: (node.level, node.id))))
