"""Whose child a run is, in lineage and in traces; otherwise both are those of `floe run`."""

import json
import re

import pytest
from dagster import AssetSelection
from support.dagster_shop import Shop, key

ABOVE = "airflow/nightly/0190a3c5-7e34-7ee7-8000-0123456789ab"
TRACE = "0af7651916cd43dd8448eb211c80319c"  # pragma: allowlist secret


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    return Shop(tmp_path_factory.mktemp("compiled") / "lake").compile()


@pytest.fixture(scope="module")
def whole(compiled, tmp_path_factory):
    shop = compiled.copy(tmp_path_factory.mktemp("whole") / "lake")
    return shop, shop.materialize()


def normal(shop, events):
    """Events without what differs from run to run: ids, times, places, snapshots, sizes."""
    names = {event["run"]["runId"]: event["job"]["name"] for event in events}
    told = []
    for event in json.loads(json.dumps(events)):
        event["run"]["facets"].pop("parent", None)
        text = json.dumps(event, sort_keys=True).replace(str(shop.folder), "FOLDER")
        for run_id, name in names.items():
            text = text.replace(run_id, f"run of {name}")
        text = re.sub(r'"datasetVersion": "\d+"', '"datasetVersion": "N"', text)
        told.append(re.sub(r'"eventTime": "[^"]+"', '"eventTime": "T"', text))
    return sorted(told)


def test_lineage_is_that_of_floe_run_but_for_the_parent(whole, compiled, tmp_path):
    shop, result = whole
    plain = compiled.copy(tmp_path / "plain")
    plain.floe("run")
    mine, others = shop.lineage(), plain.lineage()
    assert len(mine) == len(others) > 20
    assert normal(shop, mine) == normal(plain, others)
    (own,) = {event["run"]["runId"] for event in mine if event["job"]["name"] == "shop"}
    for event in mine:
        parent = event["run"]["facets"]["parent"]
        assert parent["root"]["run"]["runId"] == result.run_id
        assert parent["root"]["job"] == {"namespace": "lake", "name": "__ephemeral_asset_job__"}
        expected = result.run_id if event["job"]["name"] == "shop" else own
        assert parent["run"]["runId"] == expected


def test_a_parent_of_dagsters_run_is_the_root(whole, monkeypatch):
    shop, _ = whole
    before = len(shop.lineage())
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", ABOVE)
    monkeypatch.setenv("OPENLINEAGE_NAMESPACE", "dagster-prod")
    result = shop.materialize(AssetSelection.assets(key("regions")))
    parents = [event["run"]["facets"]["parent"] for event in shop.lineage()[before:]]
    assert {each["root"]["run"]["runId"] for each in parents} == {ABOVE.rpartition("/")[2]}
    (direct,) = [each for each in parents if each["job"]["name"] == "__ephemeral_asset_job__"][:1]
    assert (direct["job"]["namespace"], direct["run"]["runId"]) == ("dagster-prod", result.run_id)


def spans_of(shop, result):
    """The spans of the trace in which a run of Dagster is, and the one of it."""
    told = shop.traces()
    (root,) = [span for span in told if span["attributes"].get("dagster.run_id") == result.run_id]
    return [span for span in told if span["context"]["trace_id"] == root["context"]["trace_id"]], root


def test_a_run_is_one_trace_below_dagsters_run(whole):
    spans, root = spans_of(*whole)
    assert root["name"] == "dagster.run"
    assert root["parent_id"] is None
    known = {span["context"]["span_id"]: span["name"] for span in spans}
    assert {known.get(span["parent_id"]) for span in spans if span["name"] == "run.node"} == {"run.product"}
    (run,) = [span for span in spans if span["parent_id"] == root["context"]["span_id"]]
    assert run["name"] == "floe.run"
    assert [span["name"] for span in spans if span["parent_id"] not in known] == ["dagster.run"]
    assert root["start_time"] <= run["start_time"] < run["end_time"] <= root["end_time"]


def test_a_trace_that_dagster_is_started_in_goes_on(whole, monkeypatch):
    shop, _ = whole
    monkeypatch.setenv("TRACEPARENT", f"00-{TRACE}-b7ad6b7169203331-01")
    spans, root = spans_of(shop, shop.materialize(AssetSelection.assets(key("regions"))))
    assert root["context"]["trace_id"] == f"0x{TRACE}"
    assert root["parent_id"] == "0xb7ad6b7169203331"
    assert {"dagster.run", "run.product", "run.node"} <= {span["name"] for span in spans}


def test_a_failed_run_fails_the_span_of_dagsters_run(whole, tmp_path):
    shop = whole[0].copy(tmp_path / "lake").write("raw/orders.csv", "id,region,amount\n1,1,5\n1,1,5\n")
    result = shop.materialize()
    assert not result.success
    _, root = spans_of(shop, result)
    assert root["status"]["status_code"] == "ERROR"
