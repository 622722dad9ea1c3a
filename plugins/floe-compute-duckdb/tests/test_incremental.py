"""Incremental models: what each strategy publishes, which files it touches, and that the catalog is the only state."""

from __future__ import annotations

from pathlib import Path

import pytest

FIRST = "select i as id, 'old' as v from range(4) r(i)"
SECOND = "select i as id, 'new' as v from range(3, 6) r(i)"


def model(config, first=FIRST, second=SECOND):
    return (
        f"{{{{ config(materialized='incremental', {config}) }}}}\n"
        f"{{% if is_incremental() %}}{second}{{% else %}}{first}{{% endif %}}"
    )


def files(product, table="t"):
    return {task.file.file_path for task in product.catalog().load_table(("shop", table)).scan().plan_files()}


OLD = {(0, "old"), (1, "old"), (2, "old")}
NEW = {(3, "new"), (4, "new"), (5, "new")}
MERGE_CLAUSES = (
    "{'when_matched': [{'action': 'delete'}], 'when_not_matched': [{'action': 'insert', 'mode': 'by_name'}]}"
)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("incremental_strategy='append'", OLD | NEW | {(3, "old")}),
        ("unique_key='id'", OLD | NEW),
        ("unique_key=['id', 'v'], incremental_strategy='delete+insert'", OLD | NEW | {(3, "old")}),
        ("unique_key='id', incremental_strategy='merge'", OLD | NEW),
        ("incremental_strategy='merge'", OLD | NEW | {(3, "old")}),
        ("unique_key='v', incremental_strategy='merge', merge_on_using_columns=['id']", OLD | NEW),
        (f"unique_key='id', incremental_strategy='merge', merge_clauses={MERGE_CLAUSES}", OLD | NEW - {(3, "new")}),
    ],
)
def test_strategies(product, config, expected):
    product.write("models/t.sql", model(config))
    assert product.run().success
    product.forget_duckdb()
    outcome = product.run()
    assert outcome.success, outcome.messages
    rows = product.rows("t")
    assert {(row["id"], row["v"]) for row in rows} == expected
    assert len(rows) == len(expected)
    assert len(product.snapshots("t")) == 2
    product.write("models/t.sql", model(config, first="select 9 as id, 'fresh' as v"))
    assert product.run("--full-refresh").success
    assert product.rows("t") == [{"id": 9, "v": "fresh"}]


def test_only_files_that_hold_a_key_are_written_again(product):
    product.write(
        "models/t.sql", model("unique_key='id'", first="select 1 as id, 'a' as v", second="select 2 as id, 'b' as v")
    )
    product.run()
    (untouched,) = files(product)
    product.run()
    assert untouched in files(product)
    assert len(files(product)) == 2
    outcome = product.run()
    assert outcome.success, outcome.messages
    assert product.rows("t") == [{"id": 1, "v": "a"}, {"id": 2, "v": "b"}]
    assert untouched in files(product)
    assert outcome.published["model.shop.t"].rows == 1


def test_nothing_new_is_no_commit(product):
    product.write("models/t.sql", model("unique_key='id'", second="select 1 as id, 'x' as v where false"))
    product.run()
    outcome = product.run()
    assert outcome.success, outcome.messages
    assert len(product.snapshots("t")) == 1
    assert outcome.published["model.shop.t"].operation == "none"


@pytest.mark.parametrize(
    ("on_schema_change", "expected"),
    [
        ("ignore", [{"id": 1, "a": "x"}, {"id": 2, "a": None}]),
        ("append_new_columns", [{"id": 1, "a": "x", "b": None}, {"id": 2, "a": None, "b": 5}]),
        ("sync_all_columns", [{"id": 1, "b": None}, {"id": 2, "b": 5}]),
        ("fail", None),
    ],
)
def test_on_schema_change(product, on_schema_change, expected):
    second = "select 2 as id, 5 as b" if on_schema_change != "ignore" else "select 2 as id, null::varchar as a, 5 as b"
    text = model(f"on_schema_change='{on_schema_change}', unique_key='id'", "select 1 as id, 'x' as a", second)
    product.write("models/t.sql", text)
    assert product.run().success
    before = files(product)
    outcome = product.run()
    if expected is None:
        assert not outcome.success
        assert "out of sync" in outcome.messages["t"]
        assert files(product) == before
        return
    assert outcome.success, outcome.messages
    assert product.rows("t") == sorted(expected, key=repr)
    assert before <= files(product), "the first file is read under the new schema, not written again"
    product.write("models/reader.sql", "{{ config(materialized='table') }} select * from {{ ref('t') }}")
    product.forget_duckdb()
    assert product.run("--select", "reader").success
    assert product.rows("reader") == sorted(expected, key=repr)


def test_a_column_that_changes_its_type_is_written_again(product):
    text = model(
        "on_schema_change='sync_all_columns', unique_key='id'", "select 1 as id, 2 as n", "select 2 as id, 'x' as n"
    )
    product.write("models/t.sql", text)
    product.run()
    outcome = product.run()
    assert outcome.success, outcome.messages
    assert product.rows("t") == [{"id": 1, "n": "2"}, {"id": 2, "n": "x"}]


def test_a_dropped_column_that_comes_back_is_empty_in_old_rows(product):
    config = "on_schema_change='sync_all_columns', unique_key='id'"
    for text in ("select 1 as id, 'first' as c", "select 2 as id", "select 3 as id, 'third' as c"):
        product.write("models/t.sql", model(config, text, text))
        outcome = product.run()
        assert outcome.success, outcome.messages
    expected = [{"id": 1, "c": None}, {"id": 2, "c": None}, {"id": 3, "c": "third"}]
    assert product.rows("t") == expected
    product.write("models/reader.sql", "{{ config(materialized='table') }} select * from {{ ref('t') }}")
    assert product.run("--select", "reader").success
    assert product.rows("reader") == expected


def test_a_query_of_this_reads_what_is_published(product):
    product.write(
        "models/src.sql", "{{ config(materialized='table') }} select i as id from range({{ var('n', 3) }}) r(i)"
    )
    product.write(
        "models/t.sql",
        "{{ config(materialized='incremental', unique_key='id') }} select id from {{ ref('src') }}\n"
        "{% if is_incremental() %}{% set top = run_query('select max(id) from ' ~ this).columns[0].values()[0] %}"
        "where id > {{ top }}{% endif %}",
    )
    product.run()
    product.forget_duckdb()
    outcome = product.run("--vars", "{n: 5}")
    assert outcome.success, outcome.messages
    assert [row["id"] for row in product.rows("t")] == [0, 1, 2, 3, 4]
    assert outcome.published["model.shop.t"].rows == 2


EVENTS = (
    "{{ config(materialized='table', event_time='happened') }} select i as id, '%s' as version, "
    "timestamp '2026-01-01' + interval (i) hour as happened from range(72) r(i)"
)


def test_microbatch(product):
    """Each day is a commit of its own, whatever the threads; one that is built again replaces its own rows alone."""
    product.configure(
        flags={"send_anonymous_usage_stats": False, "require_batched_execution_for_custom_microbatch_strategy": True}
    )
    product.write("models/events.sql", EVENTS % "first")
    product.write(
        "models/t.sql",
        "{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='happened', "
        "batch_size='day', begin='2026-01-01', lookback=1) }} select * from {{ ref('events') }}",
    )
    outcome = product.run("--threads", "4", "--event-time-start", "2026-01-01", "--event-time-end", "2026-01-04")
    assert outcome.success, outcome.messages
    assert {(row["id"], row["version"]) for row in product.rows("t")} == {(i, "first") for i in range(72)}
    assert len(product.snapshots("t")) == 3
    product.write("models/events.sql", EVENTS % "second")
    outcome = product.run("--event-time-start", "2026-01-02", "--event-time-end", "2026-01-03")
    assert outcome.success, outcome.messages
    rows = product.rows("t")
    assert len(rows) == 72
    assert {row["id"] for row in rows if row["version"] == "second"} == set(range(24, 48))


def test_a_full_refresh_needs_no_file_of_before(product):
    product.write("models/t.sql", model("unique_key='id'"))
    assert product.run().success
    (path,) = files(product)
    Path(path.removeprefix("file://")).unlink()
    failed = product.run()
    assert not failed.success
    assert path.removeprefix("file://") in failed.messages["t"]
    assert product.run("--full-refresh").success
    assert {(row["id"], row["v"]) for row in product.rows("t")} == OLD | {(3, "old")}
