"""What a product only reads: its own sources, observed, and the tables of other products."""

from dagster import AssetKey, AssetSelection, DagsterInstance, Definitions
from support.dagster_shop import FILES, Shop, key
from support.products import write_files

from floe_orchestrator_dagster.assets import assets_of
from floe_orchestrator_dagster.definitions import floe_definitions
from floe_orchestrator_dagster.product import read_product

FRESH = {
    **FILES,
    "raw/visits.csv": "day,n\n2026-01-01 12:00:00,1\n2026-01-02 06:30:00,2\n",
    "models/visits.yml": """
        sources:
          - name: web
            tables:
              - name: visits
                config:
                  meta: {external_location: "read_csv('raw/visits.csv')"}
                  loaded_at_field: "day::timestamp"
                  freshness: {warn_after: {count: 1, period: hour}}
    """,
}
SPEC = """
    apiVersion: floe.dev/v1
    kind: FloeSpec
    metadata: {name: letters, version: 1.0.0, owner: letters@example.com}
    platform: {manifest: ../manifest.yaml}
"""
READER = {
    "floe.yaml": SPEC,
    "dbt_project.yml": """
        name: letters
        version: "1.0"
        profile: letters
        models: {letters: {+materialized: table}}
    """,
    "models/sources.yml": """
        sources:
          - name: theirs
            tables:
              - name: totals
                config: {meta: {floe: {product: shop, port: totals}}}
              - name: orders
                config: {meta: {floe: {table: shop.orders}}}
    """,
    "models/letters.sql": "select name, amount from {{ source('theirs', 'totals') }}",
    "models/ids.sql": "select id from {{ source('theirs', 'orders') }}",
}


def test_a_source_is_observed_by_the_age_of_its_rows(tmp_path):
    shop = Shop(tmp_path / "lake", FRESH).compile()
    visits = AssetKey(["shop", "web", "visits"])
    job = floe_definitions(shop.root / "target").resolve_job_def("shop_sources")
    with DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance, raise_on_error=False)
        assert result.success
        seen = {event.asset_key: event.asset_observation_data.asset_observation for event in observations(result)}
    assert set(seen) == {visits}
    metadata = {name: value.value for name, value in seen[visits].metadata.items()}
    assert metadata["floe/status"] == "warn"
    assert metadata["floe/warn_after_seconds"] == 3600.0
    assert metadata["dagster/last_updated_timestamp"] == 1767335400.0
    assert metadata["floe/age_seconds"] > 3600.0


def observations(result):
    return [event for event in result.all_events if event.event_type_value == "ASSET_OBSERVATION"]


def test_tables_of_another_product_are_its_assets_in_one_graph(tmp_path):
    shop = Shop(tmp_path / "lake").compile()
    letters = write_files(shop.folder / "letters", READER)
    shop.floe("compile", "../letters")
    theirs = assets_of(read_product(letters / "target"))
    assert theirs.sources is None
    ids = theirs.executable.get_asset_spec(AssetKey(["letters", "ids"]))
    assert [dep.asset_key for dep in ids.deps] == [key("orders")]
    letter = theirs.executable.get_asset_spec(AssetKey(["letters", "letters"]))
    assert [dep.asset_key for dep in letter.deps] == [key("totals")]
    both = Definitions.merge(floe_definitions(shop.root / "target"), floe_definitions(letters / "target"))
    graph = both.resolve_asset_graph()
    assert graph.get(key("totals")).child_keys == {AssetKey(["letters", "letters"])}
    assert graph.get(key("totals")).is_materializable
    assert AssetSelection.assets(AssetKey(["letters", "letters"])).upstream().resolve(graph) >= {
        key("totals"),
        key("orders"),
        key("regions"),
    }
