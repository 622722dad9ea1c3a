"""Running a project: what the listener hears, in which order, and how it ends."""

from __future__ import annotations

import os
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pytest

from floe_sdk import FloeError


def rows(project, table):
    with duckdb.connect(str(project.state / "database.duckdb")) as database:
        return database.execute(f"select * from shop.{table} order by all").fetchall()


def test_a_run_reports_every_node_once(project, listener):
    result = project.run(listener)
    assert result.success, result.error
    assert set(listener.ended) == set(listener.started)
    assert set(listener.plan) == set(listener.ended)
    assert "unit_test.shop.totals.sums" in listener.plan  # though dbt names it in no event before it begins
    assert set(listener.statuses.values()) == {"success"}
    assert rows(project, "totals") == [("north", 6), ("south", 7)]


def test_a_node_tells_its_sql_and_where_it_is(project, listener):
    project.run(listener, target_dir=project.root / ".floe" / "dbt")
    event = listener.ended["model.shop.totals"]
    assert "sum(amount)" in event.compiled_sql
    assert event.compiled_path == ".floe/dbt/compiled/shop/models/totals.sql"
    assert (project.root / event.compiled_path).read_text().strip() == event.compiled_sql.strip()
    assert event.finished_at >= event.started_at
    assert event.started_at.tzinfo is not None


def test_a_failed_test_stops_what_is_downstream(project, listener):
    project.write_all({"raw/orders.csv": "id,region,amount\n,1,5\n,2,7\n"})
    result = project.run(listener)
    assert not result.success
    assert listener.statuses["not_null_orders_id"] == "fail"
    assert listener.ended[next(each for each in listener.ended if "not_null" in each)].failures == 2
    assert listener.statuses["totals"] == "skipped"
    assert listener.statuses["orders"] == "success"


def test_a_failed_test_of_severity_warn_stops_nothing(project, listener):
    project.write_all({"raw/orders.csv": "id,region,amount\n1,1,5\n1,2,7\n"})
    result = project.run(listener)
    assert result.success
    assert result.warnings == ()  # it is the test's own end
    assert listener.statuses["unique_orders_id"] == "warn"
    assert listener.ended[next(each for each in listener.ended if "unique" in each)].failures == 1
    assert listener.statuses["totals"] == "success"


def test_a_model_that_raises_is_an_error_with_the_message(project, listener):
    project.write_all({"models/orders.sql": "select nothing from {{ ref('stg_orders') }}"})
    result = project.run(listener)
    assert not result.success
    event = listener.ended["model.shop.orders"]
    assert event.status.value == "error"
    assert "nothing" in event.message
    assert listener.statuses["totals"] == "skipped"


def test_a_selection_is_run_and_nothing_else(project, listener):
    project.run(listener, select=("+orders",), exclude=("test_type:unit", "positive"))
    assert set(listener.statuses) == {"stg_orders", "regions", "orders", "not_null_orders_id", "unique_orders_id"}


def test_a_selection_may_match_nothing(project, listener):
    assert project.run(listener, select=("nowhere",)).success
    assert listener.ended == {}


def test_full_refresh_builds_an_incremental_model_anew(project, listener):
    project.write_all(
        {"models/runs.sql": "{{ config(materialized='incremental') }} select {{ is_incremental() }} as again"}
    )
    for _ in range(2):
        assert project.run(type(listener)(), select=("runs",)).success
    assert rows(project, "runs") == [(False,), (True,)]
    assert project.run(listener, select=("runs",), full_refresh=True).success
    assert rows(project, "runs") == [(False,)]


def test_a_hook_that_fails_fails_the_run(project, listener):
    path = project.root / "dbt_project.yml"
    path.write_text(path.read_text() + "on-run-start: ['select nothing']\n")
    result = project.run(listener)
    assert not result.success
    assert "on-run-start" in result.error


def test_a_project_that_does_not_parse_is_refused(project, listener):
    project.write_all({"models/totals.sql": "select * from {{ ref('nowhere') }}"})
    with pytest.raises(FloeError) as caught:
        project.run(listener)
    assert caught.value.code.id == "FLOE-T002"
    assert listener.started == []


def test_what_a_listener_raises_comes_out(project, listener):
    def broken(event):
        message = "the listener is broken"
        raise RuntimeError(message)

    listener.node_finished = broken
    with pytest.raises(RuntimeError, match="the listener is broken"):
        project.run(listener)


def test_the_listener_is_called_by_one_thread_at_a_time(project, listener):
    for number in range(20):
        project.write_all({f"models/m{number}.sql": "select 1 as id"})
    busy, threads = threading.Lock(), set()

    def alone(call):
        def checked(*arguments):
            assert busy.acquire(blocking=False), "two threads at once"
            threads.add(threading.current_thread().name)
            try:
                call(*arguments)
            finally:
                busy.release()

        return checked

    for name in ("planned", "node_started", "node_finished", "log"):
        setattr(listener, name, alone(getattr(listener, name)))
    assert project.run(listener, threads=4).success
    assert len(threads) > 1


def test_dbt_is_silent_and_writes_no_log_of_its_own(project, listener, capfd):
    folder, environment = Path.cwd(), dict(os.environ)
    project.run(listener)
    assert capfd.readouterr() == ("", "")
    assert (Path.cwd(), dict(os.environ)) == (folder, environment)
    assert not list((project.state / "logs").iterdir())
    assert not {"target", "logs"} & {path.name for path in project.root.iterdir()}
    assert any("Began running node model.shop.totals" in line for _, line in listener.lines)


def test_what_dbt_warns_of_while_it_runs_is_told_once(project, listener):
    warn = "{% if execute %}{% do exceptions.warn('beware') %}{% endif %}"
    project.write_all({f"models/{name}.sql": f"{warn} select 1 as id" for name in ("totals", "others")})
    result = project.run(listener, select=("totals", "others"), exclude=("test_type:unit",))
    assert result.warnings == ("beware",)


def test_the_profile_is_private(project, listener):
    project.run(listener)
    assert (project.state / "private" / "profiles.yml").stat().st_mode & 0o777 == 0o600


BEGIN = f"{(datetime.now(timezone.utc) - timedelta(days=2)).date()}"


@pytest.fixture
def microbatch(project):
    settings = f"incremental_strategy='microbatch', event_time='day', begin='{BEGIN}', batch_size='day', lookback=0"
    project.write_all(
        {
            "models/days.yml": "models: [{name: days, config: {event_time: day}}]",
            "models/days.sql": f"select timestamp '{BEGIN}' + to_days(range::int) as day from range(3)",
            "models/batched.sql": "{{ config(materialized='incremental', "
            + settings
            + ") }} select day from {{ ref('days') }}",
        }
    )
    return project


def test_a_microbatch_model_is_one_node_however_many_batches_it_has(microbatch, listener):
    assert microbatch.run(listener, select=("+batched",)).success
    assert listener.started.count("model.shop.batched") == 1
    assert listener.statuses["batched"] == "success"
    assert len(rows(microbatch, "batched")) == 3


def test_a_microbatch_model_that_fails_says_why(microbatch, listener):
    path = microbatch.root / "models" / "batched.sql"
    path.write_text(path.read_text().replace("select day", "select nothing"))
    assert not microbatch.run(listener, select=("+batched",)).success
    assert "nothing" in listener.ended["model.shop.batched"].message


def test_a_period_bounds_the_batches_that_are_built(microbatch, listener):
    first = datetime.fromisoformat(BEGIN)
    period = {"event_time_start": first, "event_time_end": first + timedelta(days=2)}
    assert microbatch.run(listener, select=("+batched",), **period).success
    assert [day for (day,) in rows(microbatch, "batched")] == [first, first + timedelta(days=1)]


@pytest.mark.parametrize(
    ("name", "value", "instead"),
    [
        ("DBT_EMPTY", "1", "floe compile"),
        ("DBT_ENGINE_SAMPLE", "3 days", "--event-time-start"),
        ("DBT_DEFER", "true", "from the catalog"),
        ("DBT_FULL_REFRESH", "True", "floe run --full-refresh"),
        ("DBT_EXCLUDE_RESOURCE_TYPES", "test unit_test", "--exclude resource_type:"),
    ],
)
def test_a_variable_that_changes_what_dbt_builds_is_refused(project, listener, monkeypatch, name, value, instead):
    monkeypatch.setenv(name, value)
    with pytest.raises(FloeError) as caught:
        project.run(listener)
    assert caught.value.code.id == "FLOE-T012"
    assert name in caught.value.problem
    assert instead in caught.value.fix
    assert not listener.started


def test_a_variable_that_is_off_or_changes_no_row_is_dbts_affair(project, listener, monkeypatch):
    monkeypatch.setenv("DBT_EMPTY", "false")
    monkeypatch.setenv("DBT_FAIL_FAST", "1")
    assert project.run(listener).success
    assert rows(project, "totals") == [("north", 6), ("south", 7)]
