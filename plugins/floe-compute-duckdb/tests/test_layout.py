"""Partitions, sort order and properties, as a model's configuration asks for them; read by bare PyIceberg."""

from __future__ import annotations

import duckdb
import pyarrow.parquet as pq
import pytest
from pyiceberg.transforms import parse_transform

from floe_sdk import LAYOUT, FloeError, parse_layout

EVENTS = (
    "select i as id, ['eu', 'us', null, 'a/b = ü', ''][1 + i % 5] as region, "
    "timestamp '2025-12-30 23:00:00' + interval (i * 5) hour as ts, (i * 7919) % 1000 as k from range(600) r(i)"
)


def tasks(lake, condition=None, table="t"):
    scan = lake.product.catalog().load_table(("shop", table)).scan(*([condition] if condition else []))
    return list(scan.plan_files())


def publish(lake, query, config, **options):
    return lake.publish("t", query, layout=parse_layout(config), **options)


def test_a_partitioned_table_is_pruned_and_holds_every_row(lake):
    config = {"partition_by": ["month(ts)", "region"], "sort_by": ["k desc"]}
    version = publish(lake, EVENTS, config)
    assert len(tasks(lake)) == 6 * 5
    assert len(tasks(lake, "ts >= '2026-02-01T00:00:00' and ts < '2026-03-01T00:00:00'")) == 5
    assert len(tasks(lake, "region == 'a/b = ü'")) == 6
    assert len(tasks(lake, "region is null")) == 6
    rows = lake.product.catalog().load_table(("shop", "t")).scan("region == '' and k < 500").to_arrow()
    expected = lake.connection.execute(f"select count(*) from ({EVENTS}) where region = '' and k < 500").fetchone()
    assert (rows.num_rows,) == expected
    assert sorted(lake.select(version), key=repr) == sorted(lake.connection.execute(EVENTS).fetchall(), key=repr)
    assert [str(field.transform) for field in version.table.spec().fields] == ["month", "identity"]
    for task in tasks(lake):
        ordered = duckdb.execute(f"select k from '{task.file.file_path.removeprefix('file://')}'").fetchall()
        assert ordered == sorted(ordered, reverse=True)
        assert task.file.sort_order_id == version.table.sort_order().order_id != 0


VALUES = [
    ("date '1969-12-31'", ["x", "year(x)", "month(x)", "day(x)"]),
    ("timestamp '1969-12-31 23:30:00'", ["x", "years(x)", "months(x)", "days(x)", "hours(x)"]),
    ("timestamptz '1970-01-01 00:30:00+01'", ["x", "year(x)", "month(x)", "day(x)", "hour(x)"]),
    ("-7", ["x", "truncate(x, 10)"]),
    ("-9000000007::bigint", ["x", "truncate(10, x)"]),
    ("'Grüße'", ["x", "truncate(x, 3)"]),
    ("true", ["x"]),
    ("null::varchar", ["x", "truncate(x, 3)"]),
]


@pytest.mark.parametrize(("expression", "transforms"), VALUES, ids=[each[0] for each in VALUES])
def test_partition_values_are_those_that_pyiceberg_computes(lake, expression, transforms):
    for number, transform in enumerate(transforms):
        query = f"select {expression} as x"
        version = lake.publish(f"t{number}", query, layout=parse_layout({"partition_by": transform}))
        (field,) = version.table.spec().fields
        (task,) = tasks(lake, table=f"t{number}")
        kind = version.table.schema().find_field("x").field_type
        (row,) = lake.product.rows(f"t{number}")
        internal = row["x"]
        if internal is not None and str(kind) in ("date", "timestamp", "timestamptz"):
            from pyiceberg.expressions.literals import literal

            internal = literal(internal.isoformat()).to(kind).value
        assert task.file.partition[0] == parse_transform(str(field.transform)).transform(kind)(internal)


def test_partitions_written_in_one_pass_hold_the_tables_columns_and_no_others(lake):
    version = publish(lake, EVENTS, {"partition_by": ["month(ts)", "region"]})
    ids = {field.name: field.field_id for field in version.table.schema().fields}
    assert len(tasks(lake)) == 6 * 5
    for task in tasks(lake):
        columns = pq.read_schema(task.file.file_path.removeprefix("file://"))
        assert {each.name: int(each.metadata[b"PARQUET:field_id"]) for each in columns} == ids
    assert sorted(lake.select(version), key=repr) == sorted(lake.connection.execute(EVENTS).fetchall(), key=repr)
    assert list(lake.session.private_dir.iterdir()) == []


def test_a_text_that_looks_like_no_value_is_a_partition_of_its_own(lake):
    texts = ["__HIVE_DEFAULT_PARTITION__", "null", "NULL", "", None, "a=b", "%2F", "true"]
    values = ", ".join("(null)" if text is None else f"('{text}')" for text in texts)
    publish(lake, f"select * from (values {values}) v(x)", {"partition_by": "x"})
    rows = {task.file.partition[0]: task.file.record_count for task in tasks(lake)}
    assert rows == dict.fromkeys(texts, 1)
    assert lake.product.catalog().load_table(("shop", "t")).scan("x is null").to_arrow().num_rows == 1


def test_many_partitions_in_no_order_are_not_written_in_pieces(lake):
    publish(lake, "select (hash(i) % 300)::integer as x, i from range(300000) r(i)", {"partition_by": "x"})
    assert len({task.file.partition[0] for task in tasks(lake)}) == 300
    assert len(tasks(lake)) < 330, "DuckDB keeps a hundred open at a time"


@pytest.mark.parametrize("sort_by", [[], ["x"]])
def test_too_many_partitions_are_refused_before_anything_is_committed(lake, monkeypatch, sort_by):
    monkeypatch.setattr("floe_compute_duckdb.partitions.MOST_PARTITIONS", 4)
    query = "select i % 5 as x, date '2026-01-31' + (i % 2)::integer as d from range(10) r(i)"
    with pytest.raises(FloeError, match="fall into 10 partitions; at most 4") as caught:
        publish(lake, query, {"partition_by": ["day(d)", "x"], "sort_by": sort_by})
    assert caught.value.code is LAYOUT
    assert "day(d) has 2 values, x has 5 values" in caught.value.problem
    assert "something coarser than x" in (caught.value.fix or "")
    assert lake.data_files() == set()
    assert list(lake.session.private_dir.iterdir()) == []


@pytest.mark.parametrize(
    ("transform", "fix"),
    [("hour(d)", "day(d) instead of hour(d)"), ("truncate(x, 1)", "another width than 1 in truncate(x")],
)
def test_too_many_partitions_say_which_would_do(lake, monkeypatch, transform, fix):
    monkeypatch.setattr("floe_compute_duckdb.partitions.MOST_PARTITIONS", 2)
    query = "select timestamp '2026-01-31' + interval (i) hour as d, i as x from range(5) r(i)"
    with pytest.raises(FloeError) as caught:
        publish(lake, query, {"partition_by": transform})
    assert fix in (caught.value.fix or "")


def test_a_partitioned_query_that_fails_leaves_nothing(lake):
    publish(lake, "select 1 as x", {"partition_by": "x"})
    files = lake.data_files()
    query = "select case when i = 150000 then error('at 150000') else i % 5 end as x from range(200000) r(i)"
    with pytest.raises(duckdb.Error, match="at 150000"):
        publish(lake, query, {"partition_by": "x"})
    assert lake.data_files() == files
    assert list(lake.session.private_dir.iterdir()) == []


def test_no_rows_are_no_files(lake):
    version = publish(lake, "select 1 as x where false", {"partition_by": "x"})
    assert lake.data_files() == set()
    assert lake.select(version) == []


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"partition_by": ["bucket(8, id)"]}, "bucket needs a hash"),
        ({"partition_by": ["week(ts)"]}, "expected a column, year"),
        ({"sort_by": ["lower(region)"]}, "expected a column, with asc or desc"),
        ({"partitions": ["region"]}, "iceberg.partitions is unknown"),
        ({"properties": {"floe.run-id": "x"}}, "floe's own"),
        ({"properties": {"write.format.default": "orc"}}, "not parquet"),
        ("region", "expected a mapping"),
    ],
)
def test_a_layout_that_is_not_supported_is_refused_by_name(config, problem):
    with pytest.raises(ValueError, match=problem):
        parse_layout(config)


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"partition_by": ["nothing"]}, "column nothing, which the table does not have"),
        ({"partition_by": ["month(region)"]}, "month of region is not possible"),
        ({"partition_by": ["f"]}, "identity of f is not possible"),
        ({"partition_by": ["d"]}, "identity of d is not supported"),
        ({"sort_by": ["s"]}, "column s, which is struct"),
    ],
)
def test_a_layout_that_the_columns_can_not_have_leaves_nothing(lake, config, problem):
    with pytest.raises(FloeError, match=problem) as caught:
        publish(lake, "select 'eu' as region, 1.5::double as f, 1.5 as d, {'a': 1} as s", config)
    assert caught.value.code is LAYOUT
    assert lake.data_files() == set()


def test_the_layout_of_a_table_may_change(lake):
    publish(lake, "select 1 as id, 'eu' as region", {"properties": {"write.metadata.previous-versions-max": 3}})
    publish(lake, "select 2 as id, 'us' as region", {"partition_by": "region", "sort_by": "id"}, removed=())
    version = publish(lake, "select 3 as id, 'us' as region", {"partition_by": "region", "sort_by": "id"}, removed=())
    assert [task.file.spec_id for task in sorted(tasks(lake), key=lambda each: each.file.spec_id)] == [0, 1, 1]
    assert [row["id"] for row in lake.product.rows("t")] == [1, 2, 3]
    assert version.table.properties["write.metadata.previous-versions-max"] == "3"
    version = publish(lake, "select 'x' as id, 'eu' as region", {"partition_by": "region"})
    assert lake.product.rows("t") == [{"id": "x", "region": "eu"}]
    with pytest.raises(FloeError, match=r"shop.t is partitioned by region, which would go") as caught:
        publish(lake, "select 1 as other", {})
    assert caught.value.code is LAYOUT
    publish(lake, "select 1 as other, 'eu' as region", {})
    version = publish(lake, "select 2 as other", {})
    assert version.table.spec().fields == ()
    assert lake.select(version) == [(2,)]


MODEL = (
    """
{{ config(materialized='incremental', unique_key='id', iceberg={
    'partition_by': ['month(ts)', 'region'], 'sort_by': ['k'], 'properties': {'comment': 'events'}}) }}
select * from ("""
    + EVENTS
    + """)
{% if is_incremental() %} where id = 7
union all select 1000, 'new', timestamp '2026-06-01 00:00:00', 1 {% endif %}
"""
)


def test_an_incremental_model_on_a_partitioned_table(product):
    product.write("models/t.sql", MODEL)
    assert product.run().success
    table = product.catalog().load_table(("shop", "t"))
    assert table.properties["comment"] == "events"
    before = {task.file.file_path for task in table.scan().plan_files()}
    outcome = product.run()
    assert outcome.success, outcome.messages
    table = product.catalog().load_table(("shop", "t"))
    after = {task.file.file_path for task in table.scan().plan_files()}
    assert len(before - after) == 1, "only the partition that holds the key is written again"
    assert len(after - before) == 2
    assert table.scan().count() == 601
    (task,) = table.scan("region == 'new'").plan_files()
    assert task.file.record_count == 1
    product.forget_duckdb()
    product.write("models/reader.sql", "{{ config(materialized='table') }} select count(*) n from {{ ref('t') }}")
    assert product.run("--select", "reader").success
    assert product.rows("reader") == [{"n": 601}]
