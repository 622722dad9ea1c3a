"""Lineage and traces of a real run of the demo, as its files hold them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.lineage import check_states, judge

DEMO = Path(__file__).parents[3] / "demo"
MADE_BY_RUNS = shutil.ignore_patterns("target", "logs", ".floe", "__pycache__")


def floe(folder, *arguments):
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "FLOE_", "TRACE"))
    }
    command = [Path(sys.executable).parent / "floe", *arguments]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, timeout=240)


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return shutil.copytree(DEMO, tmp_path_factory.mktemp("lineage") / "demo", ignore=MADE_BY_RUNS)


@pytest.fixture(scope="module")
def compiled(demo):
    """The state folder of the product after a compile, and what was in it before the run."""
    floe(demo, "compile", "customer-360")
    state = demo / "customer-360" / ".floe"
    return state, sorted(path.name for path in state.glob("*.jsonl")), lines(state / "traces.jsonl")


@pytest.fixture(scope="module")
def ran(compiled, demo):
    floe(demo, "run", "customer-360")
    return compiled[0]


def test_lineage_expected_at_compile_time(compiled):
    _, files, _ = compiled
    assert files == ["traces.jsonl"]


def test_spans_that_go_to_a_noop_tracer_because_nobody_initialised_the_provider(compiled, ran):
    by_compile = {span["name"]: span for span in compiled[2]}
    assert {"compile.pipeline", "compile.load", "compile.enforce", "compile.generate"} <= by_compile.keys()
    spans = {span["context"]["span_id"]: span for span in lines(ran / "traces.jsonl")[len(compiled[2]) :]}
    names = [span["name"] for span in spans.values()]
    assert names.count("run.product") == 1
    assert names.count("run.node") > 100
    assert {spans[span["parent_id"]]["name"] for span in spans.values() if span["name"] == "run.node"} == {
        "run.product"
    }
    attributes = next(iter(spans.values()))["resource"]["attributes"]
    assert attributes["service.name"] == "customer-360"
    assert attributes["deployment.environment.name"] == "dev"


def test_the_events_of_a_real_run_are_valid(ran):
    events, judging = lines(ran / "lineage.jsonl"), judge()
    for event in events:
        judging.check(event)
    check_states(events)
    assert {event["eventType"] for event in events} == {"START", "COMPLETE"}
    assert [path.name for path in (ran / "spool").rglob("*.*")] == ["sinks.json"]


def test_the_events_of_the_other_demo_product_are_valid_and_every_column_has_its_lineage(demo):
    environment = {**os.environ, "PYTHONPATH": ""}
    prepare = [sys.executable, demo / "flights" / "prepare.py"]
    subprocess.run(prepare, check=True, capture_output=True, timeout=240, env=environment)
    floe(demo, "run", "flights")
    events, judging = lines(demo / "flights" / ".floe" / "lineage.jsonl"), judge()
    for event in events:
        judging.check(event)
    check_states(events)
    models = [each for each in events if each["job"]["facets"]["jobType"]["jobType"] == "MODEL" and each["outputs"]]
    assert len(models) == 8
    for event in models:
        assert "extractionError" not in event["run"]["facets"]
        (output,) = event["outputs"]
        columns = [field["name"] for field in output["facets"]["schema"]["fields"]]
        assert list(output["facets"]["columnLineage"]["fields"]) == columns


def test_every_column_of_every_model_has_its_lineage(ran):
    made = {}
    for event in lines(ran / "lineage.jsonl"):
        assert "extractionError" not in event["run"]["facets"]
        for output in event["outputs"]:
            if event["job"]["facets"]["jobType"]["jobType"] == "MODEL":
                columns = [field["name"] for field in output["facets"]["schema"]["fields"]]
                assert list(output["facets"]["columnLineage"]["fields"]) == columns
                made[event["job"]["name"].rpartition(".")[2]] = output
    assert len(made) == 6
    mart = made["mart_customer_360"]
    fields = mart["facets"]["columnLineage"]["fields"]
    country = fields["country_name"]["inputFields"]
    assert [(Path(each["name"]).name, each["field"]) for each in country] == [("country_names", "country_name")]
    masked = made["stg_crm_customers"]["facets"]["columnLineage"]["fields"]["email_sha256"]["inputFields"]
    assert [(Path(each["name"]).name, each["field"]) for each in masked] == [("crm_customers.csv", "email")]
    assert masked[0]["transformations"][0]["masking"] is True
    assert mart["outputFacets"]["outputStatistics"]["rowCount"] == 1200
