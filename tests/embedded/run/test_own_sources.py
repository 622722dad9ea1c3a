"""Sources that are tables of the project itself: a seed that stands for raw data, a view, a node's own former rows."""

from __future__ import annotations

import json

import pytest
from support.products import write_files
from support.tables import rows

SOURCES = """
    sources:
      - name: raw
        schema: "{{ target.schema }}"
        tables:
          - {name: raw_orders, columns: [{name: id, data_tests: [unique]}]}
          - {name: recent}
          - {name: again}
          - {name: itself}
"""
READERS = {
    "models/sources.yml": SOURCES,
    "seeds/raw_orders.csv": "id\n1\n2\n",
    "models/many.sql": "select count(*) as n from {{ source('raw', 'raw_orders') }}",
    "models/most.sql": "select max(id) as n from {{ source('raw', 'raw_orders') }}",
    "models/recent.sql": "{{ config(materialized='view') }} select id from {{ ref('raw_orders') }} where id > 1",
    "models/late.sql": "select count(*) as n from {{ source('raw', 'recent') }}",
}
CHANGED = {"raw_orders", "source_unique_raw_raw_orders_id", "many", "most", "late"}


def numbers(product):
    return {each: rows(product.platform / ".floe" / "dev", "shop", each)[0]["n"] for each in ("many", "most", "late")}


def ran(product, *options):
    assert product.run("--json", *options) == 0, product.out + product.err
    events = [json.loads(line) for line in product.out.splitlines()]
    return {each["node_id"].split(".")[2] for each in events if each["event"] == "node_finished"}


def test_who_reads_a_seed_as_a_source_runs_after_it(product):
    write_files(product.root, READERS)
    for last in (2, 3, 4, 5):
        write_files(product.root, {"seeds/raw_orders.csv": "id\n" + "".join(f"{each + 1}\n" for each in range(last))})
        assert product.run("--threads", 4) == 0, product.out + product.err
        assert numbers(product) == {"many": last, "most": last, "late": last - 1}


def test_a_change_of_the_seed_is_one_of_who_reads_it_as_a_source(product):
    write_files(product.root, READERS)
    assert product.run() == 0, product.err
    assert ran(product, "--changed") == set()
    write_files(product.root, {"seeds/raw_orders.csv": "id\n1\n2\n3\n"})
    assert ran(product, "--changed") == CHANGED
    assert numbers(product) == {"many": 3, "most": 3, "late": 2}
    assert ran(product, "--changed") == set()
    assert ran(product, "--select", "+many") == CHANGED - {"most", "late"}


def test_a_selection_reads_the_seed_and_the_view_of_the_run_before(product):
    write_files(product.root, READERS)
    assert product.run() == 0, product.err
    assert ran(product, "--select", "many late") == {"many", "late"}
    assert numbers(product) == {"many": 2, "most": 2, "late": 1}


def test_lineage_names_a_table_with_two_names_once(product):
    write_files(product.root, READERS)
    assert product.run("--select", "+many") == 0, product.err
    done = {each["job"]["name"]: each for each in product.lineage() if each["eventType"] == "COMPLETE"}
    of_job = {name.rpartition(".")[2]: [each["name"] for each in event["inputs"]] for name, event in done.items()}
    assert [each.rpartition("/")[2].partition("-")[0] for each in of_job["many"]] == ["raw_orders"]
    (tested,) = next(event["inputs"] for name, event in done.items() if "source_unique" in name)
    assert tested["inputFacets"]["dataQualityAssertions"]["assertions"]


@pytest.mark.parametrize("threads", [1, 4])
def test_a_table_that_reads_itself_as_a_source_reads_what_the_run_before_left(product, threads):
    write_files(product.root, {"models/sources.yml": SOURCES, "models/itself.sql": "select 1 as n"})
    assert product.run("--select", "itself") == 0, product.err
    following = {
        "models/itself.sql": "select max(n) + 1 as n from {{ source('raw', 'again') }}",
        "models/again.sql": "select max(n) + 1 as n from {{ source('raw', 'itself') }}",
        "models/most.sql": "select max(n) + 1 as n from {{ source('raw', 'most') }}",
        "models/sources.yml": SOURCES + "          - {name: most}\n",
    }
    write_files(product.root, {**following, "models/again.sql": "select 1 as n", "models/most.sql": "select 1 as n"})
    assert product.run("--select", "again most") == 0, product.err
    write_files(product.root, following)
    for _ in range(2):
        assert product.run("--threads", threads, "--select", "itself again most") == 0, product.out + product.err
    state = product.platform / ".floe" / "dev"
    assert rows(state, "shop", "most") == [{"n": 3}]
    assert abs(rows(state, "shop", "itself")[0]["n"] - rows(state, "shop", "again")[0]["n"]) == 1


def test_a_view_that_reads_itself_as_a_source_fails_as_the_engine_says(product):
    view = "{{ config(materialized='view') }} select * from {{ source('raw', 'itself') }}"
    write_files(product.root, {"models/sources.yml": SOURCES, "models/itself.sql": view})
    assert product.run("--select", "itself") == 1
    assert "itself does not exist" in product.out + product.err
    assert "recursion" not in product.out + product.err
