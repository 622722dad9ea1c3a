"""`--select` on a machine that has only the catalog."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from floe_sdk import COMPUTE_PATH, FloeError

TABLE = "{{ config(materialized='table') }} "
VIEW = "{{ config(materialized='view') }} "
EPHEMERAL = "{{ config(materialized='ephemeral') }} "
SOURCES = (("raw", "raw_orders"), ("lake", "events"))


def chain(product):
    product.write("models/base.sql", TABLE + "select i as id from range(10) r(i)")
    product.write("models/even.sql", EPHEMERAL + "select * from {{ ref('base') }} where id % 2 = 0")
    product.write("models/small.sql", VIEW + "select * from {{ ref('even') }} where id < 5")
    product.write("models/smaller.sql", VIEW + "select * from {{ ref('small') }} where id < 3")
    product.write("models/mart.sql", TABLE + "select count(*) as n from {{ ref('smaller') }}")
    product.write("models/other.sql", TABLE + "select 1 as x")


def test_upstream_views_and_ephemerals_are_made_again(product):
    chain(product)
    assert product.run().success
    product.forget_duckdb()
    outcome = product.run("--select", "mart")
    assert outcome.success, outcome.messages
    assert set(outcome.statuses) == {"mart"}
    assert product.rows("mart") == [{"n": 2}]


def test_tests_and_their_other_parents_are_found(product):
    chain(product)
    product.write(
        "models/schema.yml",
        "models: [{name: mart, columns: [{name: n, data_tests: [not_null, "
        "{relationships: {arguments: {to: \"ref('base')\", field: id}}}]}]}]",
    )
    assert product.run().success
    product.forget_duckdb()
    outcome = product.run("--select", "mart", command="test")
    assert outcome.success, outcome.messages
    assert len(outcome.statuses) == 2


def test_unit_tests_find_the_types_of_their_inputs(product):
    chain(product)
    product.write(
        "models/unit.yml",
        "unit_tests: [{name: counts, model: mart, given: [{input: \"ref('smaller')\", rows: [{id: 1}, {id: 2}]}], "
        "expect: {rows: [{n: 2}]}}]",
    )
    assert product.run().success
    product.forget_duckdb()
    outcome = product.run("--select", "mart")
    assert outcome.success, outcome.messages


def test_a_source_may_be_a_table_of_the_catalog_or_of_the_project_itself(product):
    product.write("seeds/raw_orders.csv", "id\n1\n2\n")
    product.write(
        "models/sources.yml",
        'sources: [{name: raw, schema: "{{ target.schema }}", tables: [{name: raw_orders}]}, '
        "{name: lake, tables: [{name: events}]}]",
    )
    counts = [f"(select count(*) from {{{{ source('{a}', '{b}') }}}}) as {b}" for a, b in SOURCES]
    product.write("models/mart.sql", f"{TABLE} select {', '.join(counts)}")
    events = pa.table({"id": pa.array([1, 2, 3])})
    with product.catalog() as catalog:
        catalog.create_namespace("lake")
        catalog.create_table(("lake", "events"), schema=events.schema).append(events)
    assert product.run("--select", "raw_orders").success
    outcome = product.run("--select", "mart")
    assert outcome.success, outcome.messages
    assert product.rows("mart") == [{"raw_orders": 2, "events": 3}]
    product.write("seeds/raw_orders.csv", "id\n1\n2\n3\n")
    outcome = product.run("--threads", "1")  # no ref says that the seed comes first, as in dbt
    assert outcome.success, outcome.messages
    assert len(product.rows("raw_orders")) == 3


def test_rows_of_a_source_that_another_engine_deleted_are_not_read(product):
    product.write("models/sources.yml", "sources: [{name: lake, tables: [{name: events}]}]")
    product.write("models/mart.sql", TABLE + "select * from {{ source('lake', 'events') }}")
    events = pa.table({"id": pa.array([1, 2, 3])})
    with product.catalog() as catalog:
        catalog.create_namespace("lake")
        table = catalog.create_table(("lake", "events"), schema=events.schema)
        table.append(events)
        metadata = Path(table.metadata_location.removeprefix("file://"))
        written = metadata.with_name("99999-as-an-engine-with-merge-on-read.metadata.json")
        text = metadata.read_text()
        assert '"total-delete-files":"0"' in text
        written.write_text(text.replace('"total-delete-files":"0"', '"total-delete-files":"1"'))
        catalog.drop_table(("lake", "events"))
        catalog.register_table(("lake", "events"), f"file://{written}")
    outcome = product.run()
    assert not outcome.success
    assert "FLOE-K051" in outcome.messages["mart"]
    assert not outcome.published


def test_the_database_left_for_people_has_every_table_also_after_a_selection(product):
    chain(product)
    product.run()
    product.run("--select", "mart")
    with duckdb.connect(str(product.database), read_only=True) as connection:
        assert connection.execute("select n from shop.mart").fetchall() == [(2,)]
        assert connection.execute("select x from shop.other").fetchall() == [(1,)]
        kinds = connection.execute("select distinct table_type from information_schema.tables").fetchall()
    assert kinds == [("VIEW",)]


def test_a_configured_path_of_another_name_works(make_product):
    product = make_product(path="out/{product_slug}.duckdb", threads=2, memory_limit="1GB")
    chain(product)
    assert product.run().success
    with duckdb.connect(str(product.root / "out/shop.duckdb"), read_only=True) as connection:
        assert connection.execute("select id from shop.shop.smaller order by 1").fetchall() == [(0,), (2,)]


def test_on_run_start_hooks_find_what_they_name(product):
    chain(product)
    product.run()
    product.configure(**{"on-run-start": ["create temp table seen as select count(*) as n from {{ ref('base') }}"]})
    outcome = product.run("--select", "mart")
    assert outcome.success, outcome.messages


def test_a_table_that_becomes_a_view_and_a_view_that_becomes_a_table(product):
    product.write("models/a.sql", TABLE + "select 1 as x")
    product.write("models/b.sql", VIEW + "select 1 as x")
    product.write("models/reader.sql", TABLE + "select a.x + b.x as x from {{ ref('a') }} a, {{ ref('b') }} b")
    assert product.run().success
    product.write("models/a.sql", VIEW + "select 10 as x")
    product.write("models/b.sql", TABLE + "select 20 as x")
    outcome = product.run()
    assert outcome.success, outcome.messages
    assert product.rows("reader") == [{"x": 30}]
    outcome = product.run("--select", "reader")
    assert outcome.success, outcome.messages
    assert product.rows("reader") == [{"x": 30}]


def test_a_path_that_can_not_be_written_is_told_before_anything_runs(make_product):
    product = make_product(path="taken/floe.duckdb")
    product.write("taken", "a file")
    with product.session(product.root) as session, pytest.raises(FloeError, match="taken") as caught:
        product.compute.compute_open(session, product.compute.compute_profile("shop"))
    assert caught.value.code is COMPUTE_PATH
