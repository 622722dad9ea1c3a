"""`compute_query` answers one SELECT over the catalog's tables, and nothing else gets through."""

from __future__ import annotations

from pathlib import Path

import pytest

from floe_sdk import DATA_FILE_MISSING, QUERY_FAILED, QUERY_REFUSED, TABLE_NOT_FOUND, FloeError


@pytest.fixture
def orders(lake):
    version = lake.publish("orders", "select i as id, i % 3 as kind from range(10) r(i)")
    (file,) = version.files
    return Path(file.file_path.removeprefix("file://"))


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("select count(*) as n from shop.orders", [{"n": 10}]),
        ("select count(*) as n from ORDERS", [{"n": 10}]),
        ("with o as (select * from orders) select max(id) as top from o", [{"top": 9}]),
        ("from orders where id = 4", [{"id": 4, "kind": 1}]),
        ("select count(*) as n from orders a join shop.orders b using (id) where exists (from orders)", [{"n": 10}]),
        ("values (1)", [{"col0": 1}]),
        ("show tables", [{"name": "orders"}]),
        ("select table_name as t from information_schema.tables", [{"t": "orders"}]),
    ],
)
def test_selects_are_answered(lake, orders, sql, rows):
    assert lake.ask(sql) == rows


def test_describe_and_summarize_are_selects(lake, orders):
    assert [row["column_name"] for row in lake.ask("describe shop.orders")] == ["id", "kind"]
    assert [row["column_name"] for row in lake.ask("summarize orders")] == ["id", "kind"]


REFUSED = {
    "read_text": "select * from read_text('{secret}')",
    "read_csv of another file": "select * from read_csv('{secret}')",
    "a file as a table": "select * from '{secret}'",
    "a listing of files": "select * from glob('{folder}/*')",
    "read_parquet of a file that is no table's": "select * from read_parquet('{folder}/other.parquet')",
    "COPY TO": "copy (select 1) to '{folder}/out.csv'",
    "COPY without a temporary file over a table's": "copy (select 1) to '{data}' (format parquet, use_tmp_file false)",
    "COPY FROM": "copy orders from '{secret}'",
    "EXPORT": "export database '{folder}/out'",
    "ATTACH": "attach '{folder}/x.db'",
    "INSTALL": "install httpfs",
    "LOAD": "load httpfs",
    "PRAGMA": "pragma version",
    "PRAGMA that becomes a SELECT": "/* hello */ pragma show_tables",
    "SET": "set enable_external_access = true",
    "RESET": "reset allowed_paths",
    "USE": "use memory",
    "EXPLAIN ANALYZE COPY": "explain analyze copy (select 1) to '{folder}/out.csv'",
    "EXPLAIN": "explain select 1",
    "CALL": "call pragma_version()",
    "two statements": "select 1; select 2",
    "a SELECT and a COPY": "select 1; copy (select 1) to '{folder}/out.csv'",
    "no statement": "-- nothing",
    "CREATE": "create table x as select 1",
    "INSERT": "insert into orders values (1, 2)",
    "DELETE": "delete from orders",
    "DROP": "drop view shop.orders",
    "PREPARE": "prepare p as select 1",
    "VACUUM": "vacuum",
    "PIVOT without its values": "pivot orders on kind",
}


@pytest.mark.parametrize("name", REFUSED)
def test_everything_else_is_refused(lake, orders, tmp_path, name):
    secret = tmp_path / "secret.csv"
    secret.write_text("a\nhidden\n")
    lake.connection.execute(f"copy (select 1 as a) to '{tmp_path}/other.parquet'")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(FloeError) as caught:
        lake.ask(REFUSED[name].format(secret=secret, folder=tmp_path, data=orders))
    assert caught.value.code is QUERY_REFUSED
    assert caught.value.exit_code == 2
    assert "hidden" not in caught.value.render()
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "sql",
    [
        "select * from enable_logging('QueryLog', storage := 'file', storage_path := '{folder}/log')",
        "select * from query('copy (select 1) to ''{folder}/out.csv''')",
        "select getenv('HOME')",
        "select set_config('enable_external_access', true)",
    ],
)
def test_functions_that_reach_outside_do_nothing(lake, orders, tmp_path, sql):
    before = set(tmp_path.rglob("*"))
    with pytest.raises(FloeError):
        lake.ask(sql.format(folder=tmp_path))
    assert set(tmp_path.rglob("*")) == before


def test_python_variables_are_no_tables(lake, orders):
    orders_of_python = lake.connection.sql("select 42 as leaked").to_arrow_table()
    with pytest.raises(FloeError) as caught:
        lake.ask("select * from orders_of_python")
    assert caught.value.code is TABLE_NOT_FOUND
    assert orders_of_python.num_rows == 1


def test_a_wrong_query_says_what_the_engine_says(lake, orders):
    for sql in ("selekt 1", "select nope from orders", "select 1/'x'"):
        with pytest.raises(FloeError) as caught:
            lake.ask(sql)
        assert caught.value.code is QUERY_FAILED


def test_an_unknown_table_is_told_with_the_nearest_name(lake, orders):
    with pytest.raises(FloeError, match=r"did you mean shop\.orders") as caught:
        lake.ask("select * from shop.order")
    assert caught.value.code is TABLE_NOT_FOUND


def test_a_data_file_deleted_behind_the_catalog_is_named(lake, orders):
    orders.unlink()
    with pytest.raises(FloeError, match=orders.name) as caught:
        lake.ask("select count(*) from orders")
    assert caught.value.code is DATA_FILE_MISSING
    assert caught.value.fix == "restore it, or build the table again: floe run --full-refresh --select orders"


def test_only_the_tables_that_a_query_names_are_loaded(lake, orders):
    lake.publish("other", "select 1 as x")
    for path in (orders.parents[1] / "metadata").glob("*.json"):
        path.unlink()  # orders can't be loaded any more
    assert lake.ask("select x from other") == [{"x": 1}]
