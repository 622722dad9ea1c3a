"""`--vars`, as dbt takes it: wherever a product is compiled, and kept in the artifact for whoever runs that."""

from __future__ import annotations

import json

import pytest
from support.products import write_files

TOTALS = """
    {{ config(materialized='table', alias=var('name', 'totals'), enabled=var('wanted', true)) }}
    select '{{ var("region", "none") }}' as region, {{ var("days", {"back": 1}).back }} as back
"""


@pytest.fixture
def product(product):
    write_files(product.root, {"models/totals.sql": TOTALS})
    return product


def artifact(product):
    return json.loads((product.root / "target" / "compiled_artifacts.json").read_text())


@pytest.mark.parametrize("text", ["{region: eu, days: {back: 30}}", '{"region": "eu", "days": {"back": 30}}'])
def test_a_run_has_them_as_yaml_or_json(product, text):
    assert product.run("--select", "totals", "--vars", text) == 0, product.out
    assert product.rows("totals") == [{"region": "eu", "back": 30}]
    assert artifact(product)["variables"] == {"region": "eu", "days": {"back": 30}}


def test_they_are_over_those_of_the_manifest(product):
    manifest = product.platform / "manifest.yaml"
    transform = "transform: {type: dbt, config: {vars: {region: from_manifest, name: named}}}"
    manifest.write_text(manifest.read_text().replace("transform: {type: dbt}", transform))
    assert product.run("--select", "totals", "--vars", "region: eu") == 0, product.out
    assert product.rows("named") == [{"region": "eu", "back": 1}]


def test_the_graph_and_its_hash_follow_them(product):
    hashes = set()
    for variables, tables in (("{name: renamed}", {"renamed"}), ("{wanted: false}", set()), ("{}", {"totals"})):
        assert product.floe("compile", product.root, "--vars", variables, "--json") == 0, product.err
        hashes.add(json.loads(product.out)["project_hash"])
        nodes = artifact(product)["transforms"]["nodes"]
        assert {node["table"] for node in nodes if node["id"] == "model.shop.totals"} == tables
    assert len(hashes) == 3


def test_plan_graph_and_validate_take_them(product):
    assert product.run() == 0, product.out
    assert product.floe("plan", product.root, "--json") == 0
    assert json.loads(product.out)["nodes"] == []
    assert product.floe("plan", product.root, "--vars", "{region: eu}", "--json") == 0
    (changed,) = json.loads(product.out)["nodes"]
    assert (changed["name"], changed["action"]) == ("totals", "changed")
    assert any("'eu' as region" in line for line in changed["sql"])
    assert product.floe("graph", product.root, "--format", "json", "--vars", "{wanted: false}") == 0
    assert "model.shop.totals" not in product.out
    for command in (["validate", "--graph"], ["graph"], ["plan"], ["compile"], ["run"]):
        assert product.floe(command[0], product.root, *command[1:], "--vars", "region=eu") == 2
        assert "FLOE-T009" in product.err


def test_a_changed_variable_is_a_change_of_what_reads_it_alone(product):
    assert product.run("--vars", "{region: eu}") == 0, product.out
    assert product.run("--changed", "--vars", "{region: eu}") == 0
    assert "nothing was run" in product.out
    assert product.run("--changed", "--vars", "{region: us}", "--json") == 0
    events = [json.loads(line) for line in product.out.splitlines()]
    assert [each["node_id"] for each in events if each["event"] == "node_finished"] == ["model.shop.totals"]
    assert product.rows("totals") == [{"region": "us", "back": 1}]


def test_an_artifact_runs_with_its_own_and_with_no_others(product):
    assert product.floe("compile", product.root, "--vars", "{region: eu}") == 0
    path = product.root / "target" / "compiled_artifacts.json"
    for given in ((), ("--vars", "{region: eu}")):
        assert product.floe("run", "--artifact", path, "--select", "totals", *given) == 0, product.err
        assert product.rows("totals")[-1] == {"region": "eu", "back": 1}
    assert product.floe("run", "--artifact", path, "--vars", "{region: us}") == 2
    assert "compiled with other --vars" in product.err
    document = json.loads(path.read_text())
    document["variables"]["region"] = "us"
    path.write_text(json.dumps(document))
    assert product.floe("run", "--artifact", path) == 2
    assert "edited after it was compiled" in product.err


def test_a_retry_wants_the_variables_of_the_run(product):
    totals = product.root / "models" / "totals.sql"
    right = totals.read_text()
    totals.write_text(right.replace("select", "select no_such_column,", 1))
    assert product.run("--vars", "{region: eu}") == 1
    totals.write_text(right)
    assert product.run("--retry-failed") == 2
    assert "FLOE-R007" in product.err
    assert "other --vars (region)" in product.err
    assert product.run("--retry-failed", "--vars", "{region: eu}") == 0, product.err
    assert product.rows("totals") == [{"region": "eu", "back": 1}]


MALFORMED = {
    "region=eu": "--vars is a text, not a mapping",
    "[1, 2]": "--vars is a list, not a mapping",
    "{region:eu}": "'region' has no space after its colon",
    "{1: x}": "the name 1 is not a text",
    "{region: [}": "--vars is no YAML",
}


@pytest.mark.parametrize("text", MALFORMED)
def test_a_text_that_is_no_mapping_is_told(product, text):
    assert product.floe("compile", product.root, "--vars", text) == 2
    assert "FLOE-T009" in product.err
    assert MALFORMED[text] in product.err
    assert "--vars '{name: value}'" in product.err


@pytest.mark.parametrize("name", ["db_password", "token", "api-key", "nested.client_secret"])
def test_a_secret_is_refused_and_not_shown(product, name):
    value = "planted-in-vars"
    text = json.dumps({"nested": {"client_secret": value}} if "." in name else {name: value})
    assert product.run("--vars", text) == 2
    assert "FLOE-S001" in product.err
    assert f"'{name}' is a secret by its name" in product.err
    assert value not in product.out + product.err
    assert not (product.root / "target").exists()
    assert product.run("--select", "stg_orders", "--vars", "{token_count: many, tokens: 3}") == 0, product.err


def test_dates_are_the_text_that_a_template_shows(product):
    assert product.run("--select", "totals", "--vars", "{region: 2026-01-31}") == 0, product.err
    assert product.rows("totals") == [{"region": "2026-01-31", "back": 1}]


def test_without_a_project_they_are_said_to_change_nothing(product):
    for path in (product.root / "dbt_project.yml", *(product.root / "models").iterdir()):
        path.unlink()
    spec = product.root / "floe.yaml"
    spec.write_text(spec.read_text() + "transforms: [{name: totals}]\n")
    assert product.floe("compile", product.root, "--vars", "{region: eu}") == 0, product.err
    assert "`--vars` changes nothing" in product.err
