"""What Dagster is told of a product before anything runs."""

import json

import pytest
from dagster import AssetCheckKey, AssetKey
from support.dagster_shop import Shop, key


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return Shop(tmp_path_factory.mktemp("told") / "lake").compile()


@pytest.fixture(scope="module")
def assets(shop):
    return shop.assets


@pytest.fixture(scope="module")
def specs(assets):
    return {spec.key: spec for spec in assets.executable.specs}


def test_every_table_and_view_is_an_asset_of_its_namespace_and_name(shop, specs):
    artifact = json.loads((shop.root / "target" / "compiled_artifacts.json").read_text())
    made = [
        node
        for node in artifact["transforms"]["nodes"]
        if node["kind"] in ("model", "seed", "snapshot") and node["materialization"] != "ephemeral"
    ]
    assert set(specs) == {AssetKey([node["namespace"], node["table"]]) for node in made}
    assert key("stg_orders") in specs
    assert key("big_orders") not in specs


def test_dependencies_lead_through_ephemeral_models_and_to_sources(specs):
    def parents(name):
        return {dep.asset_key for dep in specs[key(name)].deps}

    assert parents("totals") == {key("orders")}
    assert parents("orders") == {key("stg_orders"), key("regions")}
    assert parents("stg_orders") == {AssetKey(["shop", "raw", "orders"])}


def test_a_spec_carries_what_the_project_says(shop, specs):
    orders = specs[key("orders")]
    assert orders.group_name == "shop_silver"
    assert orders.owners == ["team:Finance", "cfo@example.com"]
    assert specs[key("totals")].owners == ["shop@example.com"]
    assert orders.kinds == {"dbt", "duckdb", "iceberg"}
    assert specs[key("stg_orders")].kinds == {"dbt", "duckdb", "view"}
    assert specs[key("regions")].kinds == {"dbt", "seed", "iceberg"}
    assert {"daily_run", "pii", "floe/product", "floe/tier"} <= set(orders.tags)
    assert orders.description.startswith("Every order.\n\n#### Raw SQL:\n```sql\nselect * from {{ ref('stg_orders') }}")
    assert orders.metadata["dagster/table_name"] == "shop.orders"
    assert orders.metadata["dagster/storage_kind"] == "iceberg"
    assert orders.metadata["floe/node_id"] == "model.shop.orders"
    assert orders.code_version
    (column, *_) = orders.metadata["dagster/column_schema"].schema.columns
    assert (column.name, column.type, column.description) == ("id", "integer", "Identifies the order.")
    (reference,) = orders.metadata["dagster/code_references"].code_references
    assert reference.file_path == str((shop.root / "models" / "orders.sql").resolve())


def test_without_the_project_beside_it_the_artifact_is_enough(shop, tmp_path):
    other = shop.copy(tmp_path / "bare")
    for folder in ("models", "seeds", "tests"):
        (other.root / folder).rename(tmp_path / folder)
    orders = other.assets.executable.get_asset_spec(key("orders"))
    assert orders.description == "Every order."
    assert "dagster/code_references" not in orders.metadata


def test_tests_are_checks_of_what_they_test(assets):
    found = {spec.key: spec for spec in assets.executable.check_specs}
    assert set(found) == {
        AssetCheckKey(key("orders"), "unique_orders_id"),
        AssetCheckKey(key("orders"), "not_null_orders_id"),
        AssetCheckKey(key("orders"), "relationships_orders_region__region__ref_regions_"),
        AssetCheckKey(key("orders"), "positive"),
        AssetCheckKey(key("totals"), "as_many"),
        AssetCheckKey(key("totals"), "sums"),
        AssetCheckKey(AssetKey(["shop", "raw", "orders"]), "source_unique_raw_orders_id"),
    }
    names = {check.name: spec for check, spec in found.items()}
    assert [name for name, spec in names.items() if not spec.blocking] == ["not_null_orders_id"]
    related = names["relationships_orders_region__region__ref_regions_"]
    assert [dep.asset_key for dep in related.additional_deps] == [key("regions")]
    assert [dep.asset_key for dep in names["as_many"].additional_deps] == [key("regions")]
    assert names["unique_orders_id"].description == "unique of id"


def test_sources_are_assets_that_can_be_observed(assets):
    (source,) = assets.sources.specs
    assert not assets.sources.is_materializable
    assert source.key == AssetKey(["shop", "raw", "orders"])
    assert source.description == "As the tills write them."
    assert source.metadata["floe/location"] == "read_csv('raw/orders.csv')"
