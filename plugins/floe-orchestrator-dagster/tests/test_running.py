"""Running a product in a real Dagster."""

import pytest
from dagster import AssetCheckKey, AssetCheckSeverity, AssetKey, AssetSelection
from support.dagster_shop import FILES, Shop, checks, config, key, materialized


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    return Shop(tmp_path_factory.mktemp("compiled") / "lake").compile()


@pytest.fixture(scope="module")
def whole(compiled, tmp_path_factory):
    """A copy in which everything ran once in Dagster, and the result."""
    shop = compiled.copy(tmp_path_factory.mktemp("whole") / "lake")
    return shop, shop.materialize()


@pytest.fixture(scope="module")
def plain(compiled, tmp_path_factory):
    """A copy in which `floe run` ran."""
    shop = compiled.copy(tmp_path_factory.mktemp("plain") / "lake")
    shop.floe("run")
    return shop


def test_the_tables_have_the_rows_of_floe_run(whole, plain):
    shop, result = whole
    assert result.success
    assert len(plain.tables()) == 3
    assert shop.tables() == plain.tables()


def test_materializations_carry_what_was_published(whole):
    shop, result = whole
    made = materialized(result)
    assert set(made) == {key(name) for name in ("regions", "stg_orders", "orders", "totals")}
    (started,) = [event for event in shop.lineage() if event["job"]["name"] == "shop" and event["eventType"] == "START"]
    orders = {name: value.value for name, value in made[key("orders")].metadata.items()}
    assert orders["dagster/row_count"] == 3
    assert orders["dagster/table_name"] == "shop.orders"
    assert orders["dagster/uri"] == f"file://{shop.folder}/.floe/dev/warehouse/shop/orders"
    assert orders["floe/run_id"] == started["run"]["runId"]
    assert orders["floe/bytes_written"] > 0
    assert orders["floe/seconds"] > 0
    assert made[key("orders")].tags["dagster/data_version"] == orders["floe/snapshot_id"]
    columns = {column.name: column for column in orders["dagster/column_schema"].columns}
    assert set(columns) == {"id", "region", "amount", "name"}
    assert (columns["id"].type, columns["id"].description) == ("long", "Identifies the order.")
    assert "dagster/row_count" not in made[key("stg_orders")].metadata


def test_materializations_say_which_columns_a_column_is_made_from(whole):
    _, result = whole
    made = materialized(result)

    def lineage(name):
        found = made[key(name)].metadata["dagster/column_lineage"].value.deps_by_column
        return {column: {(dep.asset_key, dep.column_name) for dep in deps} for column, deps in found.items()}

    assert lineage("stg_orders") == {"id": {(AssetKey(["shop", "raw", "orders"]), "id")}}
    through_the_ephemeral = {name: {(key("orders"), name)} for name in ("name", "amount")}
    assert lineage("totals") == through_the_ephemeral


def test_all_checks_pass(whole):
    _, result = whole
    found = checks(result)
    assert len(found) == 7
    assert all(each.passed for each in found.values())
    assert found["unique_orders_id"].severity is AssetCheckSeverity.ERROR
    assert found["not_null_orders_id"].severity is AssetCheckSeverity.WARN
    assert "group by id" in found["unique_orders_id"].metadata["floe/compiled_sql"].value


def test_a_part_runs_exactly_what_was_chosen(whole):
    shop, _ = whole
    result = shop.materialize(AssetSelection.assets(key("totals")).without_checks())
    assert set(materialized(result)) == {key("totals")}
    assert not checks(result)
    result = shop.materialize(AssetSelection.assets(key("totals")))
    assert set(checks(result)) == {"sums", "as_many"}


@pytest.mark.parametrize(
    ("asset", "name"),
    [(key("orders"), "positive"), (key("totals"), "sums"), (AssetKey(["shop", "raw", "orders"]), None)],
)
def test_checks_run_without_their_asset(whole, asset, name):
    shop, _ = whole
    name = name or "source_unique_raw_orders_id"
    result = shop.materialize(AssetSelection.checks(AssetCheckKey(asset, name)))
    assert result.success
    assert list(checks(result)) == [name]
    assert not materialized(result)


GROWING = """
    {{ config(materialized='incremental') }}
    select {% if is_incremental() %} (select max(n) + 1 from {{ this }}) {% else %} 1 {% endif %} as n
"""


def test_the_configuration_of_a_step_is_that_of_floe_run(tmp_path):
    shop = Shop(tmp_path / "lake", {**FILES, "models/growing.sql": GROWING}).compile()
    growing = AssetSelection.assets(key("growing"))

    def rows(**values):
        result = shop.materialize(growing, run_config=config(**values))
        assert result.success
        return set(materialized(result)), shop.tables()["shop.growing"]

    assert rows(threads=1) == ({key("growing")}, ["{'n': 1}"])
    assert rows(changed=True) == (set(), ["{'n': 1}"])
    assert rows(full_refresh=True) == ({key("growing")}, ["{'n': 1}"])  # else there would be a second row
