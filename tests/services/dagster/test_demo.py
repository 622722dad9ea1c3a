"""Both demo products in a real Dagster: their graph, a run that equals `floe run`, their schedules."""

from __future__ import annotations

import json
import shutil
from collections import Counter

import pytest

from .conftest import Place

MART = "customer_360/mart_customer_360"
UPSTREAM = ("stg_crm_customers", "stg_transactions", "stg_support_tickets", "country_names", "tier_names")
CHAIN = [f"customer_360/{each}" for each in (*UPSTREAM, "int_customer_orders", "int_customer_support")] + [MART]


BUILT = ("model", "seed", "snapshot")


def nodes_of(artifact):
    return {each["id"]: each for each in artifact["transforms"]["nodes"]}


def key_of(node, namespace):
    """Namespace and table, as in the catalog; a source file is the product's own, whatever its namespace is."""
    name = f"{node['namespace']}/{node['table'] or node['name']}"
    return f"{namespace}/{name}" if node["kind"] == "source" else name


@pytest.mark.parametrize(("product", "namespace"), [("customer-360", "customer_360"), ("flights", "flights")])
def test_the_graph_is_that_of_the_artifact(demo, demo_dagster, product, namespace):
    nodes = nodes_of(demo.artifact(product))
    keys = {each["id"]: key_of(each, namespace) for each in nodes.values() if each["kind"] in (*BUILT, "source")}
    found = {key: each for key, each in demo_dagster.assets().items() if key.startswith(f"{namespace}/")}
    assert set(found) == set(keys.values())
    for node_id, key in keys.items():
        node, asset = nodes[node_id], found[key]
        assert set(asset["dependencies"]) == {keys[each] for each in node["depends_on"]}
        assert asset["isMaterializable"] == (node["kind"] in BUILT)
        assert asset["repository"]["location"]["name"] == product
        part = "sources" if node["kind"] == "source" else node["tier"]
        assert asset["groupName"] == (f"{namespace}_{part}" if part else namespace)
    checks = [each["name"] for asset in found.values() for each in asset["assetChecksOrError"]["checks"]]
    assert len(checks) == sum(each["kind"] in ("test", "unit_test") for each in nodes.values())


@pytest.fixture(scope="module")
def materialised(demo_dagster):
    checks = [
        (key, each["name"])
        for key, asset in demo_dagster.assets().items()
        if key.startswith("customer_360/")
        for each in asset["assetChecksOrError"]["checks"]
    ]
    run_id = demo_dagster.launch("customer-360", assets=CHAIN, checks=checks)
    return demo_dagster.wait(run_id, 240), demo_dagster.events(run_id)


@pytest.fixture(scope="module")
def by_floe(demo, tmp_path_factory):
    """The same product on another machine, run by `floe run`."""
    folder = tmp_path_factory.mktemp("floe")
    ignored = shutil.ignore_patterns(".floe")
    shutil.copytree(demo.folder, folder / "demo", ignore=ignored)
    (folder / ".git").mkdir()
    place = Place(folder / "demo", demo.environment)
    place.floe("run", "customer-360", "--env", demo.environment, "--select", "+mart_customer_360")
    return place


def test_a_materialisation_publishes_what_floe_run_publishes(demo, materialised, by_floe):
    run, events = materialised
    assert run["status"] == "SUCCESS", [each["message"] for each in events if "message" in each][-5:]
    mine, theirs = demo.tables("customer_360"), by_floe.tables("customer_360")
    assert mine.keys() == theirs.keys()
    assert mine == theirs
    assert len(mine["mart_customer_360"]) == 1200
    materializations = {
        "/".join(each["assetKey"]["path"]): {entry["label"]: entry for entry in each["metadataEntries"]}
        for each in events
        if each["__typename"] == "MaterializationEvent"
    }
    assert set(materializations) == set(CHAIN)
    rows = {key.rpartition("/")[2]: each.get("dagster/row_count") for key, each in materializations.items()}
    assert {key: int(each["intRepr"]) for key, each in rows.items() if each} == {
        name: len(each) for name, each in mine.items()
    }


def test_lineage_differs_from_that_of_floe_run_in_parents_ids_and_times_only(demo, materialised, by_floe):
    run_id = materialised[0]["runId"]
    mine, theirs = demo.lineage_of("customer-360", run_id), by_floe.lineage("customer-360")
    assert mine
    assert len(mine) == len(theirs)
    assert Counter(same(mine, demo.folder)) == Counter(same(theirs, by_floe.folder))
    roots = {each["run"]["facets"]["parent"]["root"]["run"]["runId"] for each in mine}
    assert roots == {run_id}


def same(events, folder):
    """Events as text, without what two runs never have in common."""
    for event in events:
        text = json.dumps(strip(event), sort_keys=True).replace(str(folder), "DEMO")
        yield text


def strip(value):
    away = ("eventTime", "runId", "parent", "datasetVersion", "size", "metadataUri")
    if isinstance(value, dict):
        return {key: strip(each) for key, each in value.items() if key not in away}
    return [strip(each) for each in value] if isinstance(value, list) else value


def test_both_schedules_run_at_the_hour_that_floe_yaml_says(demo_dagster):
    first, second = (demo_dagster.schedule(name, f"{slug}_schedule") for name, slug in PRODUCTS)
    assert (first["cronSchedule"], first["executionTimezone"]) == ("15 5 * * *", "Europe/Berlin")
    assert (second["cronSchedule"], second["executionTimezone"]) == ("0 6 1 * *", "America/New_York")
    for schedule, (_, slug) in zip((first, second), PRODUCTS, strict=True):
        assert schedule["defaultStatus"] == schedule["scheduleState"]["status"] == "RUNNING"
        assert schedule["pipelineName"] == slug
    tick = demo_dagster.dry_run("customer-360", "customer_360_schedule")
    (request,) = tick["evaluationResult"]["runRequests"]
    assert {"key": "floe/product", "value": "customer_360"} in request["tags"]


PRODUCTS = (("customer-360", "customer_360"), ("flights", "flights"))


def test_resources_reach_the_runs_of_jobs(demo_dagster):
    run_id = demo_dagster.launch("customer-360", "customer_360_maintenance")
    run = demo_dagster.wait(run_id)
    assert run["status"] == "SUCCESS"
    tags = {each["key"]: each["value"] for each in run["tags"]}
    assert json.loads(tags["dagster-k8s/config"])["container_config"]["resources"] == {
        "requests": {"cpu": "250m", "memory": "512Mi"},
        "limits": {"cpu": "1", "memory": "2Gi"},
    }
