"""`floe runs` after real runs: good ones, failed ones, interrupted and killed ones, and those of another machine."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
import uuid

import pytest

START_OF_SLOW = ("START", "shop.shop.totals")
BROKEN = "select no_such_column from {{ ref('orders') }}"


def runs(product, *arguments):
    assert product.floe("runs", "list", product.root, "--json", *arguments) == 0, product.err
    return json.loads(product.out)["runs"]


def shown(product, run="last", *arguments):
    assert product.floe("runs", "show", run, product.root, "--json", *arguments) == 0, product.err
    return json.loads(product.out)


def by_name(record):
    return {node["name"]: node for node in record["nodes"]}


@pytest.fixture
def ran(product, monkeypatch):
    """A product that ran well for a scheduler, then failed."""
    with (product.platform / "manifest.yaml").open("a") as manifest:
        manifest.write("\nenvironments: {staging: {}}\n")
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", f"airflow://prod/daily.shop/{uuid.UUID(int=7 << 76)}")
    assert product.run() == 0, product.err
    monkeypatch.delenv("OPENLINEAGE_PARENT_ID")
    (product.root / "models" / "broken.sql").write_text(BROKEN)
    assert product.run() == 1
    return product


def test_the_list_has_each_run_once_the_newest_first(ran):
    newest, oldest = runs(ran)
    assert (newest["status"], oldest["status"]) == ("failed", "success")
    assert newest["run_id"] > oldest["run_id"]
    assert oldest["counts"]["success"] == sum(oldest["counts"].values())
    assert newest["failures"] == newest["counts"]["error"] == 1
    assert oldest["rows"] > 0
    assert oldest["bytes"] > 0
    assert oldest["seconds"] > 0
    assert oldest["parent"] == {
        "namespace": "airflow://prod",
        "name": "daily.shop",
        "runId": str(uuid.UUID(int=7 << 76)),
    }
    assert newest["parent"] is None
    assert newest["who"].endswith(os.uname().nodename)
    assert [each["run_id"] for each in runs(ran, "--status", "failed")] == [newest["run_id"]]
    assert [each["run_id"] for each in runs(ran, "-n", "1")] == [newest["run_id"]]
    assert runs(ran, "--env", "staging") == []


def test_the_list_is_what_floe_runs_says(ran):
    assert ran.floe("runs", ran.root) == 0
    table = ran.out
    assert ran.floe("runs", "list", ran.root) == 0
    assert ran.out == table
    lines = table.splitlines()
    assert lines[0].split() == ["RUN", "STATUS", "STARTED", "SECONDS", "ENVIRONMENT", "NODES", "FAILED", "ROWS", "BY"]
    assert lines[2].endswith("airflow://prod/daily.shop")


def test_a_run_tells_of_its_nodes(ran):
    record = shown(ran)
    nodes = by_name(record)
    orders, broken = nodes["orders"], nodes["broken"]
    assert orders["table"] == "shop.orders"
    assert orders["rows"] == 3
    assert orders["bytes"] > 0
    assert orders["seconds"] > 0
    assert orders["snapshot_id"].isdigit()
    assert broken["status"] == "error"
    assert "no_such_column" in broken["message"]
    assert broken["parents"] == [orders["id"]]
    assert nodes["unique_orders_id"]["tested"] == orders["id"]
    assert record["names"][nodes["stg_orders"]["parents"][0]] == "raw.orders"
    assert record["message"] == "1 of {} nodes failed".format(len(record["nodes"]))


def test_as_text_with_what_failed_the_time_line_and_the_lineage(ran):
    assert ran.floe("runs", "show", "last", ran.root) == 0
    out = ran.out
    assert "of shop" in out.splitlines()[0]
    assert "failed after" in out.splitlines()[0]
    assert "ERROR broken (models/broken.sql)" in out
    assert "█" in out
    assert "reads   raw.orders" in out
    assert "writes  shop.orders, snapshot " in out
    assert "read by" in out


def test_a_run_is_found_by_the_beginning_of_its_id(ran):
    newest, oldest = runs(ran)
    assert shown(ran, oldest["run_id"][:-6])["run_id"] == oldest["run_id"]
    assert shown(ran, newest["run_id"].upper())["run_id"] == newest["run_id"]
    assert ran.floe("runs", "show", "0", ran.root) == 2
    assert "FLOE-R010" in ran.err
    assert "2 runs begin with '0'" in ran.err
    mistyped = "x" + oldest["run_id"][1:]
    assert ran.floe("runs", "show", mistyped, ran.root) == 2
    assert f"did you mean {oldest['run_id']}?" in ran.err
    assert ran.floe("runs", "show", "x" + newest["run_id"][1:8], ran.root) == 2
    assert f"did you mean {newest['run_id']}?" in ran.err
    assert ran.floe("runs", "show", "last", ran.root, "--env", "staging") == 2
    assert "there is no run yet" in ran.err


def test_the_rest_of_a_run_names_the_run_that_left_it(ran):
    failed = runs(ran)[0]["run_id"]
    (ran.root / "models" / "broken.sql").write_text(BROKEN.replace("no_such_column", "id"))
    assert ran.run("--retry-failed") == 0, ran.err
    record = shown(ran)
    assert record["retry_of"] == failed
    assert [node["name"] for node in record["nodes"]] == ["broken"]


def test_a_run_that_failed_before_its_first_node_is_there_with_its_reason(product):
    assert product.run() == 0
    warehouse = product.platform / ".floe/dev/warehouse"
    shutil.rmtree(warehouse)
    warehouse.write_text("no folder")
    assert product.run() != 0
    newest = runs(product, "--local")[0]
    assert newest["status"] == "failed"
    assert newest["message"]
    assert newest["finished_at"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_and_a_killed_run_are_aborted(slow, number):
    process = slow.start()
    slow.wait_for(START_OF_SLOW, process)
    assert runs(slow, "--local")[0]["status"] == "running"
    assert slow.floe("runs", "show", "last", slow.root) == 0
    assert "is going on" in slow.out
    os.killpg(process.pid, number)
    process.communicate(timeout=30)
    record = shown(slow)
    assert record["status"] == "aborted"
    assert record["message"] == ("interrupted" if number == signal.SIGINT else "the process ended without saying so")
    nodes = by_name(record)
    assert nodes["totals"]["status"] == "interrupted"
    assert nodes["orders"]["status"] == "success"
    assert record["counts"]["success"] >= 1
    assert record["finished_at"]
    assert slow.run("--select", "orders") == 0, slow.err  # which closes the other's journal
    assert [each["status"] for each in runs(slow, "--local")] == ["success", "aborted"]
    assert shown(slow, record["run_id"]) == record


def test_a_run_of_another_machine_is_known_by_its_snapshots(product):
    assert product.run() == 0, product.err
    here = runs(product)[0]
    shutil.rmtree(product.state)
    (there,) = runs(product)
    assert there["run_id"] == here["run_id"]
    assert (there["status"], there["known_from"]) == ("published", "catalog")
    assert there["rows"] == here["rows"]
    assert there["bytes"] == here["bytes"]
    record = shown(product, here["run_id"][:20])
    assert {node["name"] for node in record["nodes"]} >= {"orders", "regions"}
    assert product.floe("runs", "show", "last", product.root) == 0
    assert "another machine" in product.out
    assert runs(product, "--local") == []


def test_a_catalog_that_is_away_hides_no_run_of_this_machine(product):
    assert product.run() == 0
    catalog = product.platform / ".floe/dev/catalog.db"
    catalog.write_bytes(b"no database, but long enough to look at" * 100)
    assert product.floe("runs", product.root) == 0
    assert "success" in product.out
    assert "warning: runs of other machines are not known" in product.err


def test_without_a_run(product):
    assert product.floe("runs", product.root) == 0
    assert "no runs yet" in product.out
    assert product.floe("runs", "show", "last", product.root) == 2


def test_a_word_that_is_no_command_is_told(product):
    assert product.floe("runs", "shw", "last") == 2
    assert "shw" in product.err


def test_a_record_holds_no_secret_and_is_not_needed(product, monkeypatch):
    (product.root / "models" / "broken.sql").write_text("select 'planted-secret-1' ::int as x from {{ ref('orders') }}")
    from floe_sdk import redactor

    redactor.add("planted-secret-1")
    assert product.run() == 1
    text = "".join(path.read_text() for path in (product.state / "history").iterdir())
    assert "planted-secret-1" not in text
    assert "Could not convert string" in text


def test_a_history_that_can_t_be_written_costs_no_run(product):
    product.state.mkdir(exist_ok=True)
    (product.state / "history").write_text("no folder")
    assert product.run() == 0, product.err
    assert "the run's record is incomplete" in product.err
    (only,) = runs(product, "--local")
    assert (only["status"], only["known_from"]) == ("success", "journal")


def test_the_page_is_written_whole(ran, tmp_path):
    page = tmp_path / "run.html"
    assert ran.floe("runs", "show", "last", ran.root, "--html", page) == 0
    assert ran.err.strip().endswith("run.html")
    assert page.read_text().rstrip().endswith("</html>")
    assert ran.floe("runs", "show", "last", ran.root, "--html", tmp_path / "run.html" / "x") == 1
    assert "--html" in ran.err


def test_a_thousand_runs_are_listed_at_once(ran):
    newest = next(iter(sorted((ran.state / "history").iterdir(), reverse=True)))
    lines = newest.read_bytes()
    for number in range(1000):
        run_id = str(uuid.UUID(int=(0x01A0 << 112) | number << 80 | 0x7 << 76 | 0b10 << 62))
        (ran.state / "history" / f"{run_id}.jsonl").write_bytes(lines)
    before = time.process_time()
    assert len(runs(ran, "--local", "--all")) == 1002
    took = time.process_time() - before
    assert took < 2, took
