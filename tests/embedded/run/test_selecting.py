"""dbt's selectors through `floe run`, on the command line and in selectors.yml; `--fail-fast` and `--threads`."""

from __future__ import annotations

import json

import pytest
from support.products import write_files

TABLE = "{{ config(materialized='table') }} "
FILES = {
    "dbt_project.yml": """
        name: shop
        version: "1.0"
        profile: shop
        models:
          shop:
            +materialized: view
            staging: {+tags: [nightly]}
    """,
    "models/staging/stg_orders.sql": "select * from {{ source('raw', 'orders') }}",
    "models/staging/stg_late.sql": "select * from {{ source('raw', 'orders') }} where id > 1",
    "models/orders.sql": "{{ config(materialized='table', tags=['gold']) }} "
    "select * from {{ ref('stg_orders') }} join {{ ref('regions') }} using (region)",
    "models/totals.sql": "{{ config(tags=['gold', 'nightly']) }} "
    "select name, sum(amount)::bigint as amount from {{ ref('orders') }} group by name",
    "models/island.sql": "select 1 as x",
    "selectors.yml": """
        selectors:
          - name: nightly_gold
            definition:
              intersection: [{method: tag, value: nightly}, {tag: gold}]
          - name: all_but_island
            definition:
              union:
                - {method: fqn, value: "*"}
                - exclude: [island]
          - name: inherited
            definition:
              union: [{method: selector, value: nightly_gold}, {method: path, value: models/island.sql}]
          - name: by_state
            definition: "state:modified+"
          - name: changed_since
            definition: {union: [island, {method: selector, value: by_state}]}
    """,
}


@pytest.fixture
def product(product):
    (product.root / "models" / "stg_orders.sql").unlink()
    write_files(product.root, FILES)
    return product


def ran(product, *arguments, code=0):
    """The models and seeds that a run executed, by name, with their status."""
    assert product.run("--json", *arguments) == code, product.out + product.err
    events = [json.loads(line) for line in product.out.splitlines()]
    nodes = [each for each in events if each["event"] == "node_finished"]
    return {each["node_id"].split(".")[2]: each["status"] for each in nodes if not each["node_id"].startswith("test.")}


SELECTIONS = {
    "tag:nightly": "stg_orders stg_late totals",
    "tag:nightly,tag:gold": "totals",
    "path:models/staging": "stg_orders stg_late",
    "+orders": "regions stg_orders orders",
    "orders+": "orders totals",
    "+orders+": "regions stg_orders orders totals",
    "1+totals": "orders totals",
    "2+totals": "regions stg_orders orders totals",
    "stg_orders+1": "stg_orders orders",
    "@stg_orders": "regions stg_orders orders totals",
    "+totals,tag:nightly": "stg_orders totals",
    "config.materialized:table": "orders",
    "config.materialized:view,stg_*": "stg_orders stg_late",
    "source:raw+,tag:gold": "orders totals",
    "resource_type:seed island": "regions island",
    "file:island.sql": "island",
    "tag:gold --exclude totals": "orders",
    "--exclude stg_orders+ island": "regions stg_late",
    "+totals --exclude +stg_orders,tag:nightly": "regions orders totals",
    "--selector nightly_gold": "totals",
    "--selector all_but_island": "regions stg_orders stg_late orders totals",
    "--selector inherited": "totals island",
}


def test_what_each_selector_runs(product):
    found = {}
    assert set(ran(product)) == {"regions", "stg_orders", "stg_late", "orders", "totals", "island"}
    for text in SELECTIONS:
        words = text.split()
        arguments = words if words[0].startswith("--sel") else _options(words)
        found[text] = " ".join(sorted(ran(product, *arguments)))
    assert found == {text: " ".join(sorted(names.split())) for text, names in SELECTIONS.items()}


def _options(words):
    name, arguments = "--select", []
    for word in words:
        if word.startswith("--"):
            name = word
        else:
            arguments += [name, word]
    return arguments


def test_the_default_selector_is_taken_where_nothing_is_selected(product):
    selectors = "selectors: [{name: small, default: true, definition: 'path:models/island.sql'}]\n"
    (product.root / "selectors.yml").write_text(selectors)
    assert set(ran(product)) == {"island"}
    assert set(ran(product, "--select", "stg_late")) == {"stg_late"}
    (product.root / "selectors.yml").write_text(selectors.replace("path:models/island.sql", "state:new"))
    assert product.run() == 2
    assert "FLOE-T007" in product.err


def test_a_selector_that_is_not_there_is_told_with_the_nearest(product):
    assert product.run("--selector", "nightly_gould") == 2
    assert "FLOE-T010" in product.err
    assert "did you mean 'nightly_gold'?" in product.err
    assert "selectors.yml" in product.err
    assert product.run("--selector", "zzz") == 2
    assert "known are all_but_island, by_state" in product.err
    (product.root / "selectors.yml").unlink()
    assert product.run("--selector", "zzz") == 2
    assert "there is none" in product.err


@pytest.mark.parametrize("name", ["by_state", "changed_since"])
def test_a_selector_that_needs_an_earlier_dbt_run_is_refused_by_name(product, name):
    assert product.run("--selector", name) == 2
    assert "FLOE-T007" in product.err
    assert "the selector 'by_state': `state:`" in product.err
    assert not [each for each in product.lineage() if each["job"]["name"].endswith("island")]


def test_a_selector_and_a_selection_are_too_much(product):
    assert product.run("--selector", "nightly_gold", "--select", "island") == 2
    assert "--selector and --select" in product.err


def test_fail_fast_stops_at_the_first_node_that_fails(product):
    write_files(product.root, {"models/a_wrong.sql": TABLE + "select no_such_column"})
    options = ("--threads", "1", "--select", "a_wrong island stg_late stg_orders")
    others = {"island": "success", "stg_late": "success", "stg_orders": "success"}
    assert ran(product, *options, code=1) == {"a_wrong": "error", **others}
    fast = ran(product, "--fail-fast", *options, code=1)
    assert fast["a_wrong"] == "error"
    assert "skipped" in fast.values(), "the next one may have been on its way already"


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_are_how_many_nodes_run_at_once(product, threads):
    slow = TABLE + "select sum(a.range + b.range)::bigint as n from range(6000) a, range(6000) b"
    write_files(product.root, {f"models/slow_{each}.sql": slow for each in "abc"})
    assert product.run("--json", "--threads", threads, "--select", "slow_*") == 0, product.out
    running = most = 0
    for event in (json.loads(line) for line in product.out.splitlines()):
        running += {"node_started": 1, "node_finished": -1}.get(event["event"], 0)
        most = max(most, running)
    assert most == threads
