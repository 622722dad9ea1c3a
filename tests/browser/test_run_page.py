"""The page of `floe runs show --html` in a real browser, opened from a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from floe_sdk.runtime.runs.record import NodeRecord, RunRecord, RunSummary
from floe_sdk.runview.html import render_html

BEGAN = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
BAD = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>\u2028<!-- & \" ' ${1} $x"


def node(name, start, end, status="success", **options):
    times = {"started_at": BEGAN + timedelta(seconds=start), "finished_at": BEGAN + timedelta(seconds=end)}
    return NodeRecord(name, name, options.pop("kind", "model"), status=status, **times, **options)


def run(*nodes, status="failed", seconds=10, **options):
    end = BEGAN + timedelta(seconds=seconds)
    summary = RunSummary("01a2093d-8faf-707b-a4e7-92b4c65ff08e", "shop", "dev", status, BEGAN, end, **options)
    return RunRecord(summary, nodes, {"src": "raw.orders"}).counted()


RUN = run(
    node("orders", 1, 4, materialization="table", table="shop.orders", rows=1200, bytes=5000, parents=("src",)),
    node("regions", 1, 2, materialization="seed", table="shop.regions", rows=7),
    node("unique_orders", 4, 5, kind="test", tested="orders", parents=("orders",)),
    node(
        "not_null_orders", 4, 5, "fail", kind="test", tested="orders", parents=("orders",), failures=3, message="3 rows"
    ),
    node("totals", 5, 9, "error", parents=("orders", "regions"), message="Binder Error: no_such_column"),
    node("report", 9, 9, "skipped", parents=("totals",)),
    message="2 of 6 nodes failed",
)


@pytest.fixture
def page(browser, tmp_path):
    """The page of `RUN`, just opened; at the end nobody may have complained or asked for anything."""
    file = tmp_path / "run.html"
    file.write_text(render_html(RUN), encoding="utf-8")
    browser.open(file)
    yield browser
    assert browser.errors == []
    assert browser.requests == [file.as_uri()]


def names(page, rows="tbody tr"):
    return page.ask(f"[...document.querySelectorAll('{rows}')].map((each) => each.dataset.id)")


def panel(page):
    return page.ask("document.getElementById('panel').innerText")


def row(name):
    return f'tbody tr[data-id="{name}"]'


def test_the_head_and_the_overview_say_how_it_ended(page):
    head = page.ask("document.querySelector('header').innerText")
    for text in ("shop", "failed", "10.0 s", "1,207", "5.0 KB"):
        assert text in head, text
    assert "2 of 6 nodes failed" in panel(page)
    assert page.ask(
        "[...document.querySelectorAll('#overview .links button')].slice(0, 2).map((each) => each.innerText)"
    )[0].startswith("totals")


def test_data_and_failed_tests_are_shown_the_other_tests_when_asked_for(page):
    assert names(page) == ["orders", "regions", "not_null_orders", "totals", "report"]
    page.press("t")
    assert names(page) == ["orders", "regions", "unique_orders", "not_null_orders", "totals", "report"]
    page.press("t")
    assert len(names(page)) == 5


def test_bars_stand_where_the_time_was(page):
    places = page.ask("""Object.fromEntries([...document.querySelectorAll("tbody tr")].map((each) => {
        const place = (kind) => each.querySelector(kind).getBoundingClientRect();
        const bar = place(".bar"), track = place(".track");
        return [each.dataset.id, [(bar.left - track.left) / track.width, bar.width / track.width]];
    }))""")
    assert places["orders"] == pytest.approx([0.1, 0.3], abs=0.01)
    assert places["totals"] == pytest.approx([0.5, 0.4], abs=0.01)
    assert places["report"][1] > 0


def test_a_node_tells_what_it_is_and_lights_what_it_depends_on(page):
    page.click(row("totals"))
    for text in ("totals", "error", "Binder Error: no_such_column", "READS", "orders", "IS READ BY", "report"):
        assert text in panel(page), text
    assert set(names(page, "tbody tr.up")) == {"orders", "regions"}
    assert set(names(page, "tbody tr.down")) == {"report"}
    page.click(row("orders"))
    for text in ("shop.orders", "1,200 written", "raw.orders", "not_null_orders", "3 rows", "unique_orders"):
        assert text in panel(page), text
    page.press("Escape")
    assert names(page, "tbody tr.chosen") == []
    assert "2 of 6 nodes failed" in panel(page)


def test_only_what_is_linked_to_a_node_can_be_left(page):
    assert page.ask("document.getElementById('linked').hidden")
    page.click(row("regions"))
    page.press("l")
    assert names(page) == ["regions", "totals", "report"]
    page.ask("document.querySelector('#details .read-by + .links button').click()")
    assert names(page) == ["orders", "regions", "totals", "report"]
    page.press("Escape")
    assert len(names(page)) == 5


def test_a_test_that_is_hidden_appears_when_it_is_chosen(page):
    page.click(row("orders"))
    page.ask(
        "[...document.querySelectorAll('#details .links button')]"
        ".find((each) => each.innerText.startsWith('unique')).click()"
    )
    assert names(page, "tbody tr.chosen") == ["unique_orders"]
    assert "TESTS THIS" in panel(page)


def test_order_and_statuses(page):
    page.ask("(() => { const order = document.getElementById('order'); order.value = 'slow'; order.onchange(); })()")
    assert names(page)[:2] == ["totals", "orders"]
    page.click('[data-status="success"]')
    assert "orders" not in names(page)
    assert page.ask("document.activeElement.dataset.status") == "success"


def test_everything_can_be_done_from_the_keyboard(page):
    page.press("/")
    page.ask("document.execCommand('insertText', false, 'orders')")
    assert page.ask("document.getElementById('matches').textContent") == "3 of 6"
    page.press("Enter")
    assert page.ask("document.activeElement.dataset.id") == "orders"
    page.press("ArrowRight")
    assert page.ask("document.querySelector('#details h2').textContent") == "totals"
    page.press("ArrowLeft")
    assert page.ask("document.querySelector('#details h2').textContent") == "orders"
    page.press("Escape")
    page.press("/")
    page.press("Escape")
    page.press("Home")
    page.press("ArrowDown")
    assert page.ask("document.activeElement.dataset.id") == names(page)[1]
    page.press("Enter")
    assert names(page, "tbody tr.chosen") == [names(page)[1]]
    assert page.ask("document.querySelectorAll('tbody tr[tabindex=\"0\"]').length") == 1


def test_light_and_dark(browser, tmp_path):
    file = tmp_path / "run.html"
    file.write_text(render_html(RUN), encoding="utf-8")

    def background():
        return browser.ask("getComputedStyle(document.body).backgroundColor")

    browser.open(file, dark=True)
    dark = background()
    browser.open(file)
    assert background() != dark
    browser.click("#theme")
    assert background() == dark


def test_a_run_of_a_thousand_nodes_is_usable(browser, tmp_path):
    file = tmp_path / "big.html"
    nodes = [
        node(
            f"model_{number}",
            number / 10,
            number / 10 + 1 + number % 7,
            parents=(f"model_{number - 1}",) if number else (),
        )
        for number in range(1000)
    ]
    tests = [
        node(f"test_{number}", number / 10 + 8, number / 10 + 8.1, kind="test", tested=f"model_{number % 1000}")
        for number in range(2000)
    ]
    file.write_text(render_html(run(*nodes, *tests, status="success", seconds=220)), encoding="utf-8")
    browser.open(file)
    assert len(names(browser)) == 1000
    slowest = browser.ask("""(() => {
        const times = [];
        for (const id of ["model_5", "model_700", "model_999"]) {
            const begun = performance.now();
            document.querySelector(`tr[data-id=${id}]`).click();
            document.body.offsetHeight;
            times.push(performance.now() - begun);
        }
        return Math.max(...times);
    })()""")
    assert slowest < 1000
    assert len(names(browser, "tbody tr.up")) == 999
    assert browser.ask("""(() => {
        const place = (kind) => document.querySelector(kind).getBoundingClientRect();
        const box = place("tr.chosen"), view = place("#scroll");
        return box.top >= view.top && box.bottom <= view.bottom + 1;
    })()""")
    browser.press("Escape")
    browser.press("t")
    assert len(names(browser)) == 3000
    assert browser.errors == []


@pytest.mark.parametrize("width", [1440, 800])
def test_nothing_is_cut_off_or_overlaps(page, width):
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    try:
        assert page.ask("document.documentElement.scrollWidth <= window.innerWidth")
        assert page.ask("""[...document.querySelectorAll("header > *, .tools > *")].every((each, index, all) => {
            const one = each.getBoundingClientRect();
            return all.slice(index + 1).every((next) => {
                const other = next.getBoundingClientRect();
                return one.right <= other.left + 1 || other.right <= one.left + 1
                    || one.bottom <= other.top + 1 || other.bottom <= one.top + 1;
            });
        })""")
    finally:
        page.call("Emulation.setDeviceMetricsOverride", width=1440, height=900, deviceScaleFactor=1, mobile=False)


def test_nothing_that_a_project_says_is_taken_for_markup(browser, tmp_path):
    told = {"parents": (BAD,), "table": BAD, "path": BAD, "message": BAD, "materialization": BAD, "operation": BAD}
    bad = run(node(BAD, 1, 2, "error", **told), node("test", 2, 3, "fail", kind="test", tested=BAD, column=BAD))
    where = {"namespace": BAD, "name": BAD, "runId": BAD}
    summary = replace(
        bad.summary,
        product=BAD,
        message=BAD,
        who=BAD,
        command=BAD,
        parent=where,
        root=where,
        warnings=(BAD,),
        details={"version": BAD, "engine": BAD, "select": [BAD]},
    )
    file = tmp_path / "bad.html"
    file.write_text(render_html(replace(bad, summary=summary, names={BAD: BAD})), encoding="utf-8")
    browser.open(file)
    browser.click("tbody tr")
    assert browser.ask("document.querySelector('#details h2').textContent") == BAD
    assert browser.ask("window.hacked === undefined && document.querySelectorAll('img, script').length === 2")
    assert browser.errors == []
    assert browser.requests == [file.as_uri()]


def test_a_run_without_nodes_and_one_of_another_machine(browser, tmp_path):
    file = tmp_path / "run.html"
    empty = RunRecord(RunSummary("01a2", "shop", "dev", "failed", BEGAN, origin="journal"))
    file.write_text(render_html(empty), encoding="utf-8")
    browser.open(file)
    assert browser.ask("document.getElementById('nothing').textContent") == "No node of this run is known."
    there = NodeRecord("a", "a", "model", status="success", finished_at=BEGAN, rows=5)
    file.write_text(
        render_html(RunRecord(replace(empty.summary, origin="catalog", status="published"), (there,))), encoding="utf-8"
    )
    browser.open(file)
    assert names(browser) == ["a"]
    assert browser.ask("document.querySelectorAll('tbody .bar').length") == 1
    assert "another machine" in panel(browser)
    assert browser.errors == []
