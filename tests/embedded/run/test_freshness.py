"""`floe freshness` over sources of a real dbt project, by dbt's own check."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from support.products import write_files

from floe_sdk.runtime.recovery.lock import product_lock

SOURCES = """
    sources:
      - name: raw
        config:
          loaded_at_field: loaded_at
          freshness: {warn_after: {count: 12, period: hour}, error_after: {count: 2, period: day}}
        tables:
          - name: young
            config: {meta: {external_location: "read_csv('raw/{name}.csv')"}}
          - name: late
            config: {meta: {external_location: "read_csv('raw/{name}.csv')"}}
"""
OLD = """
          - name: old
            config: {meta: {external_location: "read_csv('raw/{name}.csv')"}}
          - name: gone
            config: {meta: {external_location: "read_csv('raw/{name}.csv')"}}
"""
ODD = """
          - name: filtered
            config:
              freshness: {warn_after: {count: 12, period: hour}, filter: "region = 2"}
              meta: {external_location: "read_csv('raw/late.csv')"}
          - name: asked
            config:
              loaded_at_query: "select min(loaded_at) from {{ this }}"
              meta: {external_location: "read_csv('raw/late.csv')"}
          - name: empty
            config:
              freshness: {warn_after: {count: 12, period: hour}, error_after: null, filter: "region = 99"}
              meta: {external_location: "read_csv('raw/late.csv')"}
          - name: unlimited
            config: {freshness: null, meta: {external_location: "read_csv('raw/late.csv')"}}
"""


@pytest.fixture
def sources(product):
    """Write the sources; the newest row of `young` is an hour old, of `late` a day, of `old` three days."""

    def write(text):
        now = datetime.now(timezone.utc)
        for name, hours in (("young", (1, 90)), ("late", (25, 90)), ("old", (73, 90))):
            times = [(now - timedelta(hours=each, minutes=10)).strftime("%Y-%m-%d %H:%M:%S") for each in hours]
            rows = "".join(f"{region},{each}\n" for region, each in enumerate(times, 1))
            (product.root / "raw" / f"{name}.csv").write_text(f"region,loaded_at\n{rows}")
        write_files(product.root, {"models/raw.yml": text.replace("name: raw", "name: feeds", 1)})

    return write


def checked(product, *arguments, code=0):
    """The sources by name, as `--json` tells them."""
    assert product.floe("freshness", product.root, "--json", *arguments) == code, product.out + product.err
    return {each["name"]: each for each in json.loads(product.out)["sources"]}


def files(product):
    return {path for path in product.root.rglob("*") if ".floe" not in path.parts}


def test_each_source_has_its_line_with_age_and_limits(product, sources):
    sources(SOURCES)
    before = files(product)
    assert product.floe("freshness", product.root) == 0, product.out + product.err
    late, young, total = product.out.splitlines()
    assert late.startswith("warn   feeds.late: 1 d 1 h old, loaded at 20")
    assert late.endswith("+00:00 (warn after 12 h, error after 2 d)")
    assert young.startswith("pass   feeds.young: 1 h 10 min old, loaded at 20")
    assert total == "2 sources checked: 1 pass, 1 warn"
    assert files(product) == before


def test_a_source_that_is_too_old_or_cannot_be_read_is_exit_code_1(product, sources):
    sources(SOURCES + OLD)
    assert product.floe("freshness", product.root) == 1
    gone, why, *more, late, old, young, total = product.out.splitlines()
    assert gone == "error  feeds.gone: age unknown (warn after 12 h, error after 2 d)"
    assert why.startswith("    ")
    assert 'No files found that match the pattern "raw/gone.csv"' in "\n".join(more)
    assert late.startswith("warn ")
    assert old.startswith("error  feeds.old: 3 d 1 h old")
    assert young.startswith("pass ")
    assert total == "4 sources checked: 1 pass, 1 warn, 2 error"


def test_select_checks_what_it_names(product, sources):
    sources(SOURCES + OLD)
    assert set(checked(product, "--select", "source:feeds.young", "-s", "source:feeds.late")) == {
        "feeds.young",
        "feeds.late",
    }
    assert product.floe("freshness", product.root, "-s", "orders") == 0
    assert product.out == "nothing to check: `orders` matches no source that has `freshness`\n"
    assert product.floe("freshness", product.root, "-s", "source_status:warn") == 2
    assert "FLOE-T007" in product.err


def test_exclude_and_selector_narrow_it(product, sources):
    sources(SOURCES + OLD)
    two = ("--exclude", "source:feeds.old source:feeds.gone")
    assert set(checked(product, *two)) == {"feeds.young", "feeds.late"}
    assert set(checked(product, "-s", "source:feeds.late source:feeds.old", *two)) == {"feeds.late"}
    assert product.floe("freshness", product.root, "--exclude", "source:*") == 0
    assert product.out == "nothing to check: the selection matches no source that has `freshness`\n"
    write_files(product.root, {"selectors.yml": "selectors: [{name: newest, definition: 'source:feeds.young'}]\n"})
    assert set(checked(product, "--selector", "newest")) == {"feeds.young"}
    assert product.floe("freshness", product.root, "--selector", "newst") == 2
    assert "did you mean 'newest'?" in product.err
    assert product.floe("freshness", product.root, "--selector", "newest", *two) == 2
    assert "--selector and --select or --exclude contradict each other" in product.err


def test_filters_queries_and_sources_without_rows(product, sources):
    sources(SOURCES + ODD)
    found = checked(product, code=1)
    assert {name: each["status"] for name, each in found.items()} == {
        "feeds.young": "pass",
        "feeds.late": "warn",
        "feeds.filtered": "error",
        "feeds.asked": "error",
        "feeds.empty": "warn",
    }
    late, asked, empty = found["feeds.late"], found["feeds.asked"], found["feeds.empty"]
    assert 25 * 3600 < late["age_seconds"] < 26 * 3600
    assert (late["warn_after_seconds"], late["error_after_seconds"]) == (12 * 3600, 48 * 3600)
    assert late["id"] == "source.shop.feeds.late"
    assert datetime.now(timezone.utc) - datetime.fromisoformat(late["loaded_at"]) > timedelta(hours=25)
    assert asked["age_seconds"] > 90 * 3600
    assert (empty["loaded_at"], empty["age_seconds"]) == (None, None)
    assert "no row has a time" in empty["message"]


def test_a_product_without_freshness_says_so(product):
    assert product.floe("freshness", product.root) == 0, product.err
    assert product.out == "nothing to check: no source of this product has `freshness`\n"
    assert checked(product) == {}


def test_it_is_no_run(product, sources):
    """The last run, its lineage and the database that it left for people are as they were."""
    assert product.run() == 0, product.err
    database, journal, lineage = product.state / "floe.duckdb", product.journal(), product.lineage()
    was = database.stat()
    sources(SOURCES)
    checked(product)
    now = database.stat()
    assert (now.st_ino, now.st_mtime_ns) == (was.st_ino, was.st_mtime_ns)
    assert (product.journal(), product.lineage()) == (journal, lineage)
    assert list(product.state.rglob("sources.json")) == []
    assert list((product.state / "private").iterdir()) == []
    assert product.run() == 0, product.err


@pytest.mark.parametrize("arguments", [["--fresh"], ["--vars", "[1]"]])
def test_wrong_use_is_exit_code_2(product, arguments):
    assert product.floe("freshness", product.root, *arguments) == 2


def test_a_hook_of_the_project_that_fails_is_told(product, sources):
    sources(SOURCES)
    project = product.root / "dbt_project.yml"
    project.write_text(project.read_text() + 'on-run-start: ["select * from nowhere"]\n')
    assert product.floe("freshness", product.root) == 1
    assert "FLOE-T004" in product.err
    assert "nowhere" in product.err


def test_a_run_that_holds_the_product_is_named(product, sources):
    sources(SOURCES)
    with product_lock(product.state):
        assert product.floe("freshness", product.root) != 0
    assert "FLOE-R001" in product.err


def test_an_engine_without_the_hook_is_told_as_such(workspace):
    _, error = workspace.floe("freshness", code=2, TINY_PASSWORD_THAT_NOBODY_SET="x")
    assert "FLOE-T011" in error
