"""A table whose columns change while its files stay: by field id, and never to what they can't hold."""

from __future__ import annotations

from decimal import Decimal

import pytest

from floe_sdk import SCHEMA_CHANGE, FloeError, parse_layout

WIDER = [
    ("1::integer", "9000000000::bigint", "long", [1, 9_000_000_000]),
    ("0.5::float", "1e300::double", "double", [0.5, 1e300]),
    ("1.25::decimal(5, 2)", "99999.25::decimal(9, 2)", "decimal(9, 2)", [Decimal("1.25"), Decimal("99999.25")]),
    ("[1]::integer[]", "[9000000000]", "list<long>", [[1], [9_000_000_000]]),
]


def field(version):
    return version.table.schema().find_field("x")


@pytest.mark.parametrize(("old", "new", "kind", "values"), WIDER, ids=[each[2] for each in WIDER])
def test_a_wider_column_keeps_its_id_and_its_files(lake, old, new, kind, values):
    first = lake.publish("t", f"select 1 as id, {old} as x")
    second = lake.publish("t", f"select 2 as id, {new} as x", removed=())
    assert (str(field(second).field_type), field(second).field_id) == (kind, field(first).field_id)
    assert [row["x"] for row in lake.product.rows("t")] == values
    assert sorted(row[1] for row in lake.select(second)) == values
    third = lake.publish("t", f"select 3 as id, {old} as x", removed=())
    assert str(field(third).field_type) == kind, "narrower rows are written as what the table has"
    assert [row["x"] for row in lake.product.rows("t")] == [*values, values[0]]


NOT_MET = [
    ("1.25::decimal(5, 2)", "1.255::decimal(5, 3)"),
    ("1", "'x'"),
    ("'x'", "1"),
    ("'x'", "'x'::blob"),
    ("1", "1.5::double"),
    ("date '2026-01-01'", "timestamp '2026-01-01'"),
    ("timestamp '2026-01-01'", "timestamptz '2026-01-01'"),
    ("{'a': 1}", "{'a': 'x'}"),
    ("[1]", "1"),
]


@pytest.mark.parametrize(("old", "new"), NOT_MET)
def test_what_old_files_can_not_follow_is_refused_with_what_to_do(lake, old, new):
    first = lake.publish("t", f"select 1 as id, {old} as x")
    with pytest.raises(FloeError, match=r"column x is .* in the table and would be") as caught:
        lake.publish("t", f"select 2 as id, {new} as x", removed=())
    assert caught.value.code is SCHEMA_CHANGE
    assert "Cast the column" in caught.value.fix
    assert "floe run --full-refresh" in caught.value.fix
    assert len(lake.product.snapshots("t")) == 1
    anew = lake.publish("t", f"select 2 as id, {new} as x")
    assert field(anew).field_id != field(first).field_id, "a table built anew may take any type, under a new id"


def test_all_columns_are_told_at_once(lake):
    lake.publish("t", "select 1 as a, 'x' as b")
    with pytest.raises(FloeError, match=r"column a is int .*; column b is string"):
        lake.publish("t", "select 'x' as a, 1 as b", removed=())


def test_a_column_that_was_renamed_in_the_catalog_is_read_from_old_files(lake):
    lake.publish("t", "select 1 as id, 'old' as x")
    with lake.product.catalog().load_table(("shop", "t")).update_schema() as update:
        update.rename_column("x", "y")
    version = lake.publish("t", "select 'new' as y, 2 as id", removed=())
    expected = [{"id": 1, "y": "old"}, {"id": 2, "y": "new"}]
    assert lake.product.rows("t") == expected
    assert sorted(lake.select(version)) == [tuple(row.values()) for row in expected]


LAYOUT = parse_layout({"partition_by": "kind", "renamed": {"x": "y", "sort": "kind"}})


def test_a_column_that_the_model_renames_keeps_its_id_and_its_rows(lake):
    before = parse_layout({"partition_by": "sort"})
    first = lake.publish("t", "select 1 as id, 'old' as x, 'a' as sort", layout=before)
    ids = {field.name: field.field_id for field in first.table.schema().fields}
    for number in (2, 3):
        version = lake.publish("t", f"select {number} as id, 'new' as y, 'b' as kind", removed=(), layout=LAYOUT)
    fields = {field.name: field.field_id for field in version.table.schema().fields}
    assert fields == {"id": ids["id"], "y": ids["x"], "kind": ids["sort"]}
    expected = [(1, "old", "a"), (2, "new", "b"), (3, "new", "b")]
    assert [tuple(row.values()) for row in lake.product.rows("t")] == expected
    assert sorted(lake.select(version)) == expected
    anew = lake.publish("t", "select 9 as id, 'z' as z, 'c' as kind", layout=parse_layout({"renamed": {"y": "z"}}))
    assert {field.name: field.field_id for field in anew.table.schema().fields}["z"] == ids["x"]


def test_files_that_are_read_by_name_are_not_renamed(lake, tmp_path):
    layout = parse_layout({"renamed": {"x": "y"}})
    version = lake.publish("t", "select 1 as id, 'a' as x")
    lake.connection.execute(f"copy (select 2 as id, 'b' as x) to '{tmp_path}/plain.parquet'")
    version.table.add_files([f"file://{tmp_path}/plain.parquet"])
    with pytest.raises(FloeError, match="x to y can't be renamed") as caught:
        lake.publish("t", "select 3 as id, 'c' as y", removed=(), layout=layout)
    assert caught.value.code is SCHEMA_CHANGE
    assert [row["x"] for row in lake.product.rows("t")] == ["a", "b"]
    lake.publish("t", "select 3 as id, 'c' as y", layout=layout)
    assert lake.product.rows("t") == [{"id": 3, "y": "c"}]


@pytest.mark.parametrize("strategy", ["append", "delete+insert", "merge"])
def test_an_incremental_model_renames_a_column_in_one_commit(product, strategy):
    config = f"materialized='incremental', unique_key='id', incremental_strategy='{strategy}'"
    text = (
        "{{ config(%s) }} select %s from (values (%s)) v(id, n) {%% if is_incremental() %%} where id > 1 {%% endif %%}"
    )
    product.write("models/t.sql", text % (config, "id, n as before", "1, 'old'"))
    assert product.run().success
    renamed = config + ", on_schema_change='sync_all_columns', iceberg={'renamed': {'before': 'after'}}"
    product.write("models/t.sql", text % (renamed, "id, n as after", "0, 'none'"))
    product.write("models/reader.sql", "{{ config(materialized='table') }} select id, after from {{ ref('t') }}")
    outcome = product.run()
    assert outcome.success, outcome.messages
    assert product.rows("reader") == product.rows("t") == [{"id": 1, "after": "old"}], (
        "no row, and a commit all the same"
    )
    assert len(product.snapshots("t")) == 2
    product.forget_duckdb()
    product.write("models/t.sql", text % (renamed, "id, n as after", "2, 'new'"))
    outcome = product.run()
    assert outcome.success, outcome.messages
    assert product.rows("reader") == product.rows("t") == [{"id": 1, "after": "old"}, {"id": 2, "after": "new"}]


@pytest.mark.parametrize("strategy", ["append", "delete+insert", "merge"])
def test_rows_that_are_written_with_a_rename_keep_those_of_their_file(product, strategy):
    config = f"materialized='incremental', unique_key='id', incremental_strategy='{strategy}'"
    text = "{{ config(%s) }} select * from (values (%s)) v(id, %s)"
    product.write("models/t.sql", text % (config, "1, 'old'), (2, 'old'", "before"))
    assert product.run().success
    renamed = config + ", iceberg={'renamed': {'before': 'after'}}"
    product.write("models/t.sql", text % (renamed, "2, 'new'", "after"))
    outcome = product.run()
    assert outcome.success, outcome.messages
    rows = [(row["id"], row["after"]) for row in product.rows("t")]
    assert rows == [(1, "old"), (2, "new")] + [(2, "old")] * (strategy == "append")
    assert len(product.snapshots("t")) == 2


def test_a_failed_model_renames_nothing(product):
    product.write(
        "models/t.sql", "{{ config(materialized='incremental', unique_key='id') }} select 1 as id, 'x' as before"
    )
    assert product.run().success
    product.write(
        "models/t.sql",
        "{{ config(materialized='incremental', unique_key='id', iceberg={'renamed': {'before': 'after'}}) }} "
        "select 1 as id, error('no') as after",
    )
    assert not product.run().success
    assert product.rows("t") == [{"id": 1, "before": "x"}]


def test_columns_come_go_and_come_back_empty(lake):
    lake.publish("t", "select 1 as id, 'first' as x")
    lake.publish("t", "select 2 as id", removed=())
    lake.publish("t", "select 3 as id, 'third' as x, true as new", removed=())
    assert lake.product.rows("t") == [
        {"id": 1, "x": None, "new": None},
        {"id": 2, "x": None, "new": None},
        {"id": 3, "x": "third", "new": True},
    ]


def test_a_struct_with_fewer_fields_is_filled_up(lake):
    lake.publish("t", "select {'a': 1, 'b': 'x'} as s")
    lake.publish("t", "select {'b': 'y'} as s", removed=())
    assert lake.product.rows("t") == [{"s": {"a": 1, "b": "x"}}, {"s": {"a": None, "b": "y"}}]


@pytest.mark.parametrize("strategy", ["append", "delete+insert", "merge"])
def test_a_column_in_another_case_is_the_same_column(product, strategy):
    """As to DuckDB; to Iceberg it would be a new one, and the rows of the old one would be lost."""
    config = f"materialized='incremental', unique_key='id', incremental_strategy='{strategy}'"
    text = "{{ config(%s) }} select %s"
    product.write("models/t.sql", text % (config, '1 as "Id", \'old\' as "Größe"'))
    assert product.run().success
    product.write("models/t.sql", text % (config, "2 as id, 'new' as \"größe\""))
    outcome = product.run()
    assert outcome.success, outcome.messages
    assert product.rows("t") == [{"Id": 1, "Größe": "old"}, {"Id": 2, "Größe": "new"}]


def test_a_column_may_be_renamed_to_another_case(lake):
    lake.publish("t", "select 1 as \"Id\", 'a' as v")
    layout = parse_layout({"renamed": {"Id": "id"}})
    lake.publish("t", "select 2 as \"ID\", 'b' as v", removed=(), layout=layout)
    assert lake.product.rows("t") == [{"id": 1, "v": "a"}, {"id": 2, "v": "b"}]


@pytest.mark.parametrize(
    ("old", "new", "rows"),
    [
        ("[{'a': 1}]", "[{'a': 2, 'b': 'x'}]", [[{"a": 1, "b": None}], [{"a": 2, "b": "x"}]]),
        ("{'s': {'a': 1}}", "{'s': {'a': 2, 'b': [1]}}", [{"s": {"a": 1, "b": None}}, {"s": {"a": 2, "b": [1]}}]),
        (
            "map {'k': {'a': 1}}",
            "map {'k': {'a': 2, 'b': 3}}",
            [[("k", {"a": 1, "b": None})], [("k", {"a": 2, "b": 3})]],
        ),
        ("[{'a': 1::int}]", "[{'a': 3000000000}]", [[{"a": 1}], [{"a": 3000000000}]]),
        (
            "{'a': 1.25::decimal(5, 2)}",
            "{'a': 99999.25::decimal(9, 2)}",
            [{"a": Decimal("1.25")}, {"a": Decimal("99999.25")}],
        ),
        ("{'A': 1}", "{'a': 2, 'b': 3}", [{"A": 1, "b": None}, {"A": 2, "b": 3}]),
    ],
)
def test_what_is_nested_evolves_in_place(lake, old, new, rows):
    lake.publish("t", f"select 1 as id, {old} as x")
    version = lake.publish("t", f"select 2 as id, {new} as x", removed=())
    assert [row["x"] for row in lake.product.rows("t")] == rows
    read = [row["x"] for row in lake.ask("select * from shop.t order by id")]
    assert read == rows
    assert len(version.files) == 2
