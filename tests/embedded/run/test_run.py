"""`floe run` on a small product: what it does, says and returns."""

from __future__ import annotations

import json

import pytest
from support.products import SPEC, write_files


def test_a_run_publishes_says_so_and_leaves_nothing_private(product):
    assert product.run() == 0, product.err
    assert "OK    table orders  3 rows" in product.out
    assert "6 OK; 7 rows published" in product.out
    assert set(product.ends().values()) == {"COMPLETE"}
    (entry,) = product.journal()
    assert entry["status"] == "success"
    assert not list((product.state / "private").iterdir())


def test_json_is_one_event_a_line(product):
    assert product.run("--json") == 0
    events = [json.loads(line) for line in product.out.splitlines()]
    assert [events[0]["event"], events[-1]["event"]] == ["run_started", "run_finished"]
    assert events[-1]["status"] == "success"
    orders = next(
        each for each in events if each["event"] == "node_finished" and each["node_id"] == "model.shop.orders"
    )
    assert orders["published"]["rows"] == 3


def test_an_error_with_json_is_a_line_too(product):
    write_files(product.root, {"models/totals.sql": "select * from {{ ref('nowhere') }}"})
    assert product.run("--json") == 2
    (line,) = product.out.splitlines()
    assert json.loads(line)["errors"][0]["code"] == "FLOE-T002"


def test_a_failed_test_stops_what_is_downstream_and_is_told(product):
    write_files(product.root, {"raw/orders.csv": "id,region,amount\n,1,5\n,2,7\n"})
    assert product.run() == 1
    assert "FAIL not_null_orders_id (models/schema.yml): 2 failing rows" in product.out
    path = product.out.split("compiled SQL: ")[1].splitlines()[0]
    assert "where id is null" in (product.root / path).read_text()
    ends = product.ends()
    assert ends["shop.shop.orders.test.not_null_orders_id"] == "FAIL"
    assert ends["shop.shop.totals"] == "ABORT"
    assert ends["shop"] == "FAIL"


def test_a_failed_test_of_severity_warn_stops_nothing(product):
    schema = (product.root / "models/schema.yml").read_text()
    write_files(
        product.root,
        {
            "models/schema.yml": schema.replace("[unique, not_null]", "[{not_null: {config: {severity: warn}}}]"),
            "raw/orders.csv": "id,region,amount\n,1,5\n",
        },
    )
    assert product.run() == 0
    assert "WARN not_null_orders_id (models/schema.yml): 1 failing row" in product.out
    assert "OK    table totals" in product.out


def test_a_selection_reads_what_is_in_the_catalog(product):
    assert product.run() == 0
    assert product.run("--select", "totals") == 0, product.out
    assert "1 OK; 2 rows published" in product.out
    assert product.rows("totals") == [{"name": "north", "amount": 6}, {"name": "south", "amount": 7}]


def test_a_selection_that_matches_nothing_says_so(product):
    assert product.run("--select", "nowhere") == 0
    assert "matches no node" in product.out


def test_full_refresh_builds_an_incremental_model_anew(product):
    write_files(
        product.root,
        {"models/totals.sql": "{{ config(materialized='incremental') }} select {{ is_incremental() }} as again"},
    )
    for _ in range(2):
        assert product.run("-s", "totals") == 0
    assert product.rows("totals") == [{"again": False}, {"again": True}]
    assert product.run("-s", "totals", "--full-refresh") == 0
    assert product.rows("totals") == [{"again": False}]


def test_an_artifact_runs_without_the_yaml(product):
    assert product.floe("compile", product.root) == 0, product.err
    (product.root / "floe.yaml").unlink()
    (product.platform / "manifest.yaml").unlink()
    assert product.floe("run", "--artifact", product.root / "target" / "compiled_artifacts.json") == 0, product.err
    assert "6 OK" in product.out


def test_an_artifact_of_another_project_is_refused(product):
    assert product.floe("compile", product.root) == 0
    write_files(product.root, {"models/totals.sql": "select 1 as changed"})
    artifact = product.root / "target" / "compiled_artifacts.json"
    assert product.floe("run", "--artifact", artifact) == 2
    assert "floe compile" in product.err
    assert not product.lineage()


def test_an_artifact_of_another_environment_is_refused(product):
    assert product.floe("compile", product.root) == 0
    artifact = product.root / "target" / "compiled_artifacts.json"
    assert product.floe("run", "--artifact", artifact, "--env", "other") == 2
    assert "floe compile --env other" in product.err


def test_a_project_that_does_not_parse_is_told_with_its_file(product):
    write_files(product.root, {"models/totals.sql": "select 1\n{% if %}"})
    assert product.run() == 2
    assert "models/totals.sql:2: error[FLOE-T002]" in product.err


def test_a_secret_that_is_unset_is_named_before_anything_runs(product, monkeypatch):
    manifest = product.platform / "manifest.yaml"
    text = manifest.read_text()
    manifest.write_text(text.replace("catalog: {type: sql}", "catalog: {type: sql, config: {uri: {env: SHOP_URI}}}"))
    assert product.floe("compile", product.root) == 0, product.err
    assert product.run() == 2
    assert "SHOP_URI" in product.err
    assert not (product.state / "lineage.jsonl").exists()


def test_the_log_of_dbt_holds_no_secret(product, monkeypatch):
    monkeypatch.setenv("SHOP_TOKEN", "s3cr3t-of-the-shop")
    write_files(product.root, {"models/totals.sql": "{% do log('uses ' ~ env_var('SHOP_TOKEN')) %} select 1 as id"})
    from floe_sdk.observability import redactor

    redactor.add("s3cr3t-of-the-shop")  # as the host does for every secret that is revealed
    assert product.run() == 0
    log = (product.state / "logs" / "dbt.log").read_text()
    assert "Began running node model.shop.totals" in log
    assert "s3cr3t-of-the-shop" not in log
    assert "uses ***" in log


@pytest.mark.parametrize("variable", [True, False])
def test_a_product_in_a_read_only_folder_runs_with_its_state_elsewhere(product, monkeypatch, tmp_path, variable):
    folders = [product.platform, *(path for path in product.platform.rglob("*") if path.is_dir())]
    if variable:
        monkeypatch.setenv("FLOE_STATE_DIR", str(tmp_path / "state"))
    before = sorted(product.platform.rglob("*"))
    for folder in folders:
        folder.chmod(0o555)
    try:
        done = product.start()
        out, _ = done.communicate(timeout=120)
    finally:
        for folder in folders:
            folder.chmod(0o755)
    if variable:
        assert done.returncode == 0, out
        assert sorted(product.platform.rglob("*")) == before
    else:
        assert done.returncode == 1
        assert "FLOE_STATE_DIR" in out


def test_nothing_to_execute_is_told(product):
    (product.root / "dbt_project.yml").unlink()
    write_files(product.root, {"floe.yaml": SPEC + "    transforms: [{name: only, tags: [x]}]\n"})
    assert product.run() == 2
    assert "dbt project" in product.err
