"""The page of `floe graph --format html` in a real browser, opened from a file."""

from __future__ import annotations

import shutil
import struct
from dataclasses import replace
from pathlib import Path

import pytest

from floe_sdk.cli.app import run
from floe_sdk.graph.html import render_html
from floe_sdk.graph.view import CheckView, ColumnUse, ColumnView, GraphView, NodeView

ROOT = Path(__file__).parents[2]
BAD = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>\u2028<!-- & \" ' ${1} $x"
MART = "model.customer_360.mart_customer_360"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The pages of both demo products; no run is needed."""
    folder = tmp_path_factory.mktemp("demo")
    kept = shutil.ignore_patterns(".floe", "target", "raw", "*.duckdb")
    shutil.copytree(ROOT / "demo", folder / "demo", ignore=kept)
    (folder / ".git").mkdir()
    found = {}
    for product in ("customer-360", "flights"):
        found[product] = folder / f"{product}.html"
        code = run(["graph", str(folder / "demo" / product), "--format", "html", "--output", str(found[product])])
        assert code == 0
    return found


@pytest.fixture
def page(browser, pages):
    """The page of customer-360, just opened; at the end nobody may have complained or asked for anything."""
    browser.open(pages["customer-360"])
    yield browser
    assert browser.errors == []
    assert browser.requests == [pages["customer-360"].as_uri()]


def lit(page, kind="on"):
    names = page.ask(f"[...document.querySelectorAll('.node.{kind} .name')].map((each) => each.textContent)")
    return set(names)


def visible(page, text):
    return text in page.ask("document.getElementById('panel').innerText")


def node(name):
    return f'.node[data-id="{name}"]'


def test_a_node_tells_of_itself_and_of_its_neighbours(page):
    page.click(node("model.customer_360.int_customer_orders"))
    for text in (
        "int_customer_orders",
        "customer-data@example.com",
        "What each customer bought",
        "net_eur",
        "not_null",
    ):
        assert visible(page, text), text
    assert lit(page, "up") == {"stg_crm_customers", "stg_transactions", "crm.customers", "till.transactions"}
    assert lit(page, "down") == {"mart_customer_360"}
    page.press("Escape")
    assert lit(page) == set()


def test_a_column_shows_where_it_comes_from(page, tmp_path):
    page.click(node(MART))
    page.click('[data-column="net_eur"]')
    assert lit(page, "up") == {"int_customer_orders", "stg_transactions", "till.transactions"}
    assert visible(page, "Comes from")
    assert visible(page, "till.transactions.amount_eur")
    assert page.ask(f"document.querySelector('{node('model.customer_360.stg_transactions')} .meta').textContent")
    page.screenshot(tmp_path / "column.png")
    assert size_of(tmp_path / "column.png") == (1440, 900)
    page.click('[data-column="email_sha256"]')
    assert lit(page, "up") == {"stg_crm_customers", "crm.customers"}


def test_a_column_of_a_source_shows_what_is_made_of_it(page):
    page.click(node("source.customer_360.crm.customers"))
    page.click('[data-column="email"]')
    assert lit(page, "down") == {"stg_crm_customers", "mart_customer_360"}
    assert visible(page, "Is used for")


def test_everything_can_be_done_from_the_keyboard(page):
    page.press("/")
    page.ask("document.execCommand('insertText', false, 'stg_tr')")
    assert lit(page, "match") == {"stg_transactions"}
    assert page.ask("document.getElementById('matches').textContent") == "1 of 11"
    page.press("Enter")
    assert page.ask("document.querySelector('#details h2').textContent") == "stg_transactions"
    page.press("ArrowLeft")
    assert page.ask("document.activeElement.dataset.id") == "source.customer_360.till.transactions"
    page.press("ArrowRight")
    page.press("ArrowRight")
    page.press("Enter")
    assert page.ask("document.querySelector('.node.chosen .name').textContent") != "stg_transactions"
    assert page.ask("[...document.querySelectorAll('.node')].every((each) => each.tabIndex === 0)")


def test_a_graph_that_was_let_go_does_not_follow_the_mouse(page):
    places = page.ask("""(() => {
        const graph = document.getElementById("graph"), world = document.getElementById("world");
        const point = (type, clientX, clientY, buttons) =>
            graph.dispatchEvent(new PointerEvent(type, { bubbles: true, clientX, clientY, buttons }));
        const places = [world.getAttribute("transform")];
        point("pointerdown", 400, 300, 1); point("pointermove", 450, 320, 1); point("pointerup", 450, 320, 0);
        places.push(world.getAttribute("transform"));
        point("pointermove", 900, 700, 1);  // pressed somewhere else, in the same turn
        places.push(world.getAttribute("transform"));
        return places;
    })()""")
    assert places[0] != places[1] == places[2]


def test_kinds_can_be_hidden(page):
    page.click('.chip[data-kind="seed"]')
    assert lit(page, "away") == {"country_names", "tier_names"}
    assert page.ask("document.querySelector('.chip[data-kind=\"seed\"]').getAttribute('aria-pressed')") == "false"
    page.click('.chip[data-kind="seed"]')
    assert lit(page, "away") == set()


@pytest.mark.parametrize("product", ["customer-360", "flights"])
def test_no_two_boxes_overlap_and_each_holds_its_texts(browser, pages, product):
    browser.open(pages[product])
    assert browser.ask("""(() => {
        const place = (each) => each.getBoundingClientRect();
        const boxes = [...document.querySelectorAll(".node")].map((each) => place(each.querySelector(".box")));
        const holds = [...document.querySelectorAll(".node text")].every((each) =>
            place(each).right < place(each.parentNode.querySelector(".box")).right);
        const apart = (one, other) => one.right < other.left || other.right < one.left
            || one.bottom < other.top || other.bottom < one.top;
        return holds && boxes.every((box, index) => boxes.slice(index + 1).every((other) => apart(box, other)));
    })()""")


def test_light_and_dark(browser, pages):
    def background():
        return browser.ask("getComputedStyle(document.body).backgroundColor")

    browser.open(pages["flights"], dark=True)
    dark = background()
    browser.open(pages["flights"])
    assert background() != dark
    browser.click("#theme")
    assert background() == dark


def test_a_graph_of_a_thousand_nodes_can_be_read(browser, tmp_path):
    """Four layers; each node reads two of the layer before."""

    def one(number):
        level, place = divmod(number, 250)
        above = [f"n{(level - 1) * 250 + (place * factor) % 250}" for factor in (1, 3)] if level else []
        uses = tuple(ColumnUse(each, "id", "IDENTITY") for each in above[:1])
        parents = tuple(sorted(set(above)))
        return NodeView(
            f"n{number}", f"n{number}", "table", columns=(ColumnView("id", sources=uses),), parents=parents, level=level
        )

    file = tmp_path / "big.html"
    nodes = tuple(map(one, range(1000)))
    file.write_text(render_html(GraphView("big", "1.0.0", "dev", "big", "", nodes, columns=True)), encoding="utf-8")
    browser.open(file)

    def shown():
        return set(browser.ask("[...document.querySelectorAll('.node:not(.far)')].map((each) => each.dataset.id)"))

    def readable():
        return browser.ask("""[...document.querySelectorAll(".node.on .name")].every((each) => {
            const box = each.getBoundingClientRect(), panel = document.getElementById("graph").getBoundingClientRect();
            return box.height > 9 && box.left >= panel.left && box.right <= panel.right && box.bottom <= panel.bottom;
        })""")

    assert len(shown()) == 1000
    assert browser.ask("document.querySelector('.node .box').getBoundingClientRect().height") > 20
    assert visible(browser, "too many nodes to be read at once")
    browser.press("/")
    browser.ask("document.execCommand('insertText', false, 'n751')")
    browser.press("Enter")
    lineage = {"n751", "n501", "n503", "n251", "n253", "n259", "n1", "n3", "n9", "n27"}
    assert shown() == lit(browser) == lineage
    assert readable()
    browser.click("[data-column]")
    assert lit(browser) == {"n751", "n501", "n251", "n1"}
    browser.ask("document.querySelector('[data-id=n751]').focus()")
    browser.press("ArrowLeft")
    assert browser.ask("document.activeElement.dataset.id") in {"n501", "n503"}
    for _ in range(2):
        browser.press("Escape")
    assert len(shown()) == 1000
    assert browser.errors == []


def test_nothing_that_a_project_says_is_taken_for_markup(browser, tmp_path):
    column = ColumnView(BAD, BAD, BAD, (BAD,), (ColumnUse("a", BAD, BAD),))
    bad = NodeView(
        BAD, BAD, "table", BAD, BAD, BAD, BAD, BAD, (BAD,), (column,), (CheckView(BAD, BAD, "warn"),), ("a",), 1
    )
    source = NodeView("a", "a", BAD, columns=(replace(column, sources=None, unknown=BAD),))
    view = GraphView(BAD, BAD, BAD, BAD, BAD, (source, bad), (BAD,), columns=True)
    file = tmp_path / "bad.html"
    file.write_text(render_html(view), encoding="utf-8")
    browser.open(file)
    for number in (1, 2):
        browser.click(f"#nodes > .node:nth-child({number})")
        browser.click("[data-column]")
    assert browser.ask("document.querySelector('#details h2').textContent") == BAD
    assert browser.ask("document.title") == f"{BAD}: graph"
    assert browser.ask("window.hacked === undefined && document.querySelectorAll('img, script').length === 2")
    assert browser.errors == []
    assert browser.requests == [file.as_uri()]


def size_of(file):
    return struct.unpack(">II", file.read_bytes()[16:24])
