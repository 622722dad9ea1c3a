"""Runs that fail: what Dagster shows of it, what is not run for it, and what a retry does."""

import pytest
from dagster import AssetCheckKey, AssetCheckSeverity, AssetKey, AssetSelection, RetryPolicy
from support.dagster_shop import Shop, checks, config, key, materialized

from floe_orchestrator_dagster.assets import assets_of
from floe_orchestrator_dagster.product import read_product
from floe_sdk.runtime.recovery.lock import product_lock

TWICE = "id,region,amount\n1,1,5\n1,1,5\n"
SOURCE_CHECK = AssetSelection.checks(AssetCheckKey(AssetKey(["shop", "raw", "orders"]), "source_unique_raw_orders_id"))
NULL = "id,region,amount\n,1,5\n2,2,7\n"


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    return Shop(tmp_path_factory.mktemp("compiled") / "lake").compile()


@pytest.fixture
def shop(compiled, tmp_path):
    return compiled.copy(tmp_path / "lake")


def failure(result):
    """The message and the metadata of the one step that failed."""
    assert not result.success
    (event,) = [event for event in result.all_events if event.event_type_value == "STEP_FAILURE"]
    data = event.step_failure_data.user_failure_data
    return data.description, {name: value.value for name, value in data.metadata.items()}


def test_a_model_that_fails_is_told_with_its_sql_and_what_is_skipped_for_it(compiled, tmp_path):
    shop = compiled.copy(tmp_path / "lake")
    shop.write(
        "models/orders.sql", "select *, 1 / (amount - amount) as x, error('no ' || id) from {{ ref('stg_orders') }}"
    )
    shop.compile()
    result = shop.materialize()
    message, metadata = failure(result)
    assert message.startswith("floe run ")
    assert "failed: orders" in message.splitlines()[0]
    assert "skipped: " in message
    assert "totals" in message
    assert "no 1" in metadata["orders"]
    assert '"floe"."shop"."stg_orders"' in metadata["orders"]
    assert metadata["floe/failed_nodes"] == ["orders"]
    assert "totals" in metadata["floe/skipped_nodes"]
    assert set(materialized(result)) == {key("regions"), key("stg_orders")}
    assert set(checks(result)) == {"source_unique_raw_orders_id"}


def test_a_blocking_check_that_fails_stops_what_is_below(shop):
    shop.write("raw/orders.csv", TWICE)
    result = shop.materialize(shop.assets.selection - SOURCE_CHECK)
    found = checks(result)["unique_orders_id"]
    assert (found.passed, found.severity) == (False, AssetCheckSeverity.ERROR)
    assert found.metadata["floe/failed_rows"].value == 1
    assert "group by id" in found.metadata["floe/compiled_sql"].value
    assert "1" in found.description
    assert key("orders") in materialized(result)
    assert key("totals") not in materialized(result)
    message, _ = failure(result)
    assert "failed: unique_orders_id" in message
    assert "shop.totals" not in shop.tables()


def test_a_check_that_only_warns_stops_nothing(shop):
    shop.write("raw/orders.csv", NULL)
    result = shop.materialize()
    assert result.success
    found = checks(result)["not_null_orders_id"]
    assert (found.passed, found.severity) == (False, AssetCheckSeverity.WARN)
    assert found.metadata["floe/failed_rows"].value == 1
    assert key("totals") in materialized(result)


def test_a_product_that_is_being_run_is_refused_or_waited_for(shop):
    with product_lock(shop.root / ".floe"):
        message, metadata = failure(shop.materialize())
        assert "error[FLOE-R001]: this product is being run by another process" in message
        assert "fix: wait for it" in message
        assert metadata["floe/code"] == "FLOE-R001"
        message, _ = failure(shop.materialize(run_config=config(wait=0.2)))
        assert "FLOE-R001" in message
    assert shop.materialize(run_config=config(wait=60.0)).success


def test_a_project_that_was_changed_is_refused_and_not_tried_again(shop):
    shop.write("models/totals.sql", "select 1 as n")
    assets = assets_of(read_product(shop.root / "target"), retry_policy=RetryPolicy(max_retries=2))
    result = shop.materialize(assets=assets)
    message, metadata = failure(result)
    assert metadata["floe/code"] == "FLOE-C006"
    assert f"fix: compile again: floe compile {shop.root} --env dev" in message
    assert not [event for event in result.all_events if event.event_type_value == "STEP_UP_FOR_RETRY"]


def test_a_run_that_is_killed_is_a_failure_that_says_so(shop, monkeypatch):
    monkeypatch.setenv("FLOE_FAULT", "before-commit:orders")
    result = shop.materialize()
    (event,) = [event for event in result.all_events if event.event_type_value == "STEP_FAILURE"]
    assert "floe run was killed by signal 9" in event.step_failure_data.user_failure_data.description
    assert set(materialized(result)) == {key("regions"), key("stg_orders")}
    monkeypatch.delenv("FLOE_FAULT")
    assert shop.materialize().success


def test_a_retry_runs_what_is_left(shop, monkeypatch):
    shop.write(
        "models/orders.sql",
        "select * from {{ ref('stg_orders') }} join {{ ref('regions') }} using (region) "
        "where case (select count(*) from glob('{{ env_var('MARKER') }}*')) when 0 then error('not yet') else true end",
    )
    with (shop.root / "dbt_project.yml").open("a") as project:
        project.write("""on-run-end: "copy (select 1) to '{{ env_var('MARKER') }}.csv'"\n""")
    monkeypatch.setenv("MARKER", str(shop.folder / "tried"))
    shop.compile()
    assets = assets_of(read_product(shop.root / "target"), retry_policy=RetryPolicy(max_retries=1, delay=0))
    result = shop.materialize(assets=assets)
    assert result.success
    made = [event.asset_key for event in result.get_asset_materialization_events()]
    assert sorted(made) == sorted(key(name) for name in ("regions", "stg_orders", "orders", "totals"))
    assert len(checks(result)) == 7
    runs = [event for event in shop.lineage() if (event["job"]["name"], event["eventType"]) == ("shop", "START")]
    assert len(runs) == 2
