"""A real Dagster when things go wrong, and what people do with it from day to day."""

from __future__ import annotations

import itertools
import os
import signal
from pathlib import Path

import pytest
from support.products import write_files
from support.servers.process import processes

from .conftest import SLOW

SHOP = ("regions", "stg_orders", "orders", "totals")
TICKS = "dagster/schedule_name"


def keys(product, names):
    return [f"{product}/{each}" for each in names]


def events_of(dagster, run_id, kind):
    return [each for each in dagster.events(run_id) if each["__typename"] == kind]


def made(dagster, run_id):
    return {"/".join(each["assetKey"]["path"]) for each in events_of(dagster, run_id, "MaterializationEvent")}


def running(dagster, small, product):
    """The ids of the processes that run a product."""
    return dagster.ids("floe_sdk", "run", str(small.folder / product))


def parent_of(process):
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def server_processes(code_server):
    """Those that serve the code, and not the runs that they have started."""
    lines = {each: Path(f"/proc/{each}/cmdline").read_bytes() for each in processes(code_server.mark)}
    return [each for each, line in lines.items() if b"code-server" in line or b"api\0grpc" in line]


def ends(small, product, run_id):
    """How the runs that belong to a run of Dagster ended in lineage, and their nodes."""
    return [each["eventType"] for each in small.lineage_of(product, run_id) if each["eventType"] != "START"]


def whole(small, product):
    """Each START in a product's lineage has exactly one end."""
    kinds = {}
    for each in small.lineage(product):
        kinds.setdefault(each["run"]["runId"], []).append(each["eventType"])
    return all(each[0] == "START" and len(each) == 2 for each in kinds.values())


def test_a_broken_location_stands_beside_the_good_ones_and_says_what_to_do(small_dagster):
    found = small_dagster.locations()
    assert set(found) == {"shop", "slow", "ticking", "customer-360", "churn", "broken", "waiting"}
    assert {name for name, problem in found.items() if problem} == {"broken"}
    assert "FLOE-C003" in found["broken"]
    assert "floe compile" in found["broken"]


def test_the_port_of_another_product_is_one_edge_between_two_locations(small_dagster):
    assets = small_dagster.assets()
    port = assets["customer_360/mart_customers"]
    assert port["repository"]["location"]["name"] == "customer-360"
    assert port["isMaterializable"]
    assert {"churn/at_risk", "churn/stg_customers"} <= set(port["dependents"])
    assert assets["churn/at_risk"]["dependencies"] == ["customer_360/mart_customers"]
    assert assets["churn/totals"]["dependencies"] == ["churn/stg_customers", "customer_360/orders"]


def test_products_run_one_after_the_other_across_locations(small, small_dagster):
    for location in ("customer-360", "churn"):
        run_id = small_dagster.launch(location, location.replace("-", "_"))
        assert small_dagster.wait(run_id)["status"] == "SUCCESS"
    assert set(small.tables("churn")) == {"at_risk", "totals"}


def test_a_failed_check_stops_what_is_downstream_and_is_shown(small, small_dagster):
    good = small_dagster.launch("shop", "shop")
    assert small_dagster.wait(good)["status"] == "SUCCESS"
    assert made(small_dagster, good) == set(keys("shop", SHOP))
    before = small.tables("shop")

    write_files(small.folder / "shop", {"raw/orders.csv": "id,region,amount\n1,1,5\n1,2,7\n"})
    run_id = small_dagster.launch("shop", "shop")
    assert small_dagster.wait(run_id)["status"] == "FAILURE"
    write_files(small.folder / "shop", {"raw/orders.csv": "id,region,amount\n1,1,5\n2,2,7\n"})
    assert made(small_dagster, run_id) == set(keys("shop", SHOP[:3]))
    (check,) = [
        each["evaluation"]
        for each in events_of(small_dagster, run_id, "AssetCheckEvaluationEvent")
        if not each["evaluation"]["success"]
    ]
    assert (check["checkName"], check["severity"], check["assetKey"]["path"]) == (
        "unique_orders_id",
        "ERROR",
        ["shop", "orders"],
    )
    (failure,) = events_of(small_dagster, run_id, "ExecutionStepFailureEvent")
    told = failure["failureMetadata"]["metadataEntries"]
    assert "unique_orders_id" in {each["label"] for each in told}
    assert "select" in next(each["mdStr"] for each in told if each["label"] == "unique_orders_id")
    after = small.tables("shop")
    assert after["totals"] == before["totals"]
    assert after["orders"] != before["orders"]
    assert whole(small, "shop")
    assert ends(small, "shop", run_id)[-1] == "FAIL"


def test_the_job_for_what_has_changed_runs_nothing_when_nothing_has(small, small_dagster):
    first = small_dagster.launch("shop", "shop_changed")
    assert small_dagster.wait(first)["status"] == "SUCCESS"
    assert "shop/totals" in made(small_dagster, first)
    again = small_dagster.launch("shop", "shop_changed")
    assert small_dagster.wait(again)["status"] == "SUCCESS"
    assert made(small_dagster, again) == set()


def test_two_runs_of_one_product_wait_for_each_other_where_pools_have_a_limit(small, small_dagster):
    runs = [small_dagster.launch("shop", job) for job in ("shop", "shop_maintenance")]
    runs.append(small_dagster.launch("shop", assets=["shop/totals"]))
    ended = [small_dagster.wait(each, 180) for each in runs]
    assert [each["status"] for each in ended] == ["SUCCESS"] * 3
    spans = sorted((each["startTime"], each["endTime"]) for each in ended)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))


@pytest.fixture
def never_ending(small, small_dagster):
    """The product `slow`, which has run once; its `totals` now takes hours."""
    write_files(small.folder / "slow", {"models/totals.sql": "select name, amount from {{ ref('orders') }}"})
    small.compile("slow")
    run_id = small_dagster.launch("slow", "slow")
    assert small_dagster.wait(run_id)["status"] == "SUCCESS"
    tables = small.tables("slow")
    write_files(small.folder / "slow", {"models/totals.sql": SLOW})
    small.compile("slow")
    assert small_dagster.reload("slow") == ""
    run_id = small_dagster.launch("slow", "slow")
    small_dagster.until(lambda: "slow/orders" in made(small_dagster, run_id), 60)
    return run_id, tables


def test_a_terminated_run_ends_as_aborted_and_leaves_no_half_table(small, small_dagster, never_ending):
    run_id, before = never_ending
    assert small_dagster.terminate(run_id) == "TerminateRunSuccess"
    assert small_dagster.wait(run_id, 60)["status"] == "CANCELED"
    small_dagster.until(lambda: not running(small_dagster, small, "slow"), 30)
    assert ends(small, "slow", run_id)[-1] == "ABORT"
    assert whole(small, "slow")
    assert small.tables("slow")["totals"] == before["totals"]
    assert list((small.folder / "slow" / ".floe" / "runs").glob("*.files")) == []


def test_a_code_server_that_is_killed_in_the_middle_disturbs_no_run_and_comes_back(small, small_dagster, code_server):
    run_id = small_dagster.launch("waiting", "waiting")
    with small.gate.open("w") as gate:  # waits until the run reads from it
        for each in server_processes(code_server):
            os.kill(each, signal.SIGKILL)
        small_dagster.until(lambda: not code_server.running)
        small_dagster.until(lambda: small_dagster.reload("waiting"))
        assert "UserCodeUnreachable" in small_dagster.locations()["waiting"]
        assert small_dagster.run(run_id)["status"] == "STARTED"
        gate.write("open")
    assert small_dagster.wait(run_id)["status"] == "SUCCESS"
    assert small.tables("waiting") == {"waited": ["{'content': 'open'}"]}
    assert set(ends(small, "waiting", run_id)) == {"COMPLETE"}
    code_server.start()
    small_dagster.until(lambda: small_dagster.reload("waiting") == "")
    again = small_dagster.launch("waiting", "waiting")
    small.gate.write_text("again")
    assert small_dagster.wait(again)["status"] == "SUCCESS"
    assert whole(small, "waiting")


def test_a_run_worker_that_is_killed_takes_its_run_with_it(small, small_dagster, never_ending):
    run_id, before = never_ending
    (child,) = running(small_dagster, small, "slow")
    os.kill(parent_of(child), signal.SIGKILL)
    small_dagster.until(lambda: not running(small_dagster, small, "slow"), 60)
    assert ends(small, "slow", run_id)[-1] == "ABORT"
    assert whole(small, "slow")
    assert small.tables("slow")["totals"] == before["totals"]
    assert small_dagster.wait(run_id, 120)["status"] == "FAILURE"


def test_a_location_shows_what_was_compiled_since_when_it_is_loaded_again(small, small_dagster):
    assert "shop/late" not in small_dagster.assets()
    write_files(small.folder / "shop", {"models/late.sql": "select * from {{ ref('totals') }}"})
    small.compile("shop")
    assert small_dagster.reload("shop") == ""
    assert small_dagster.assets()["shop/late"]["dependencies"] == ["shop/totals"]
    run_id = small_dagster.launch("shop", "shop")
    assert small_dagster.wait(run_id)["status"] == "SUCCESS"
    assert small.tables("shop")["late"] == small.tables("shop")["totals"]


def test_a_project_that_was_changed_since_the_compile_is_refused_with_what_to_do(small, small_dagster):
    model = small.folder / "shop" / "models" / "totals.sql"
    text = model.read_text()
    try:
        model.write_text(f"{text}\n-- changed")
        run_id = small_dagster.launch("shop", assets=["shop/totals"])
        assert small_dagster.wait(run_id)["status"] == "FAILURE"
    finally:
        model.write_text(text)
    (failure,) = events_of(small_dagster, run_id, "ExecutionStepFailureEvent")
    said = failure["error"]["message"] + "".join(each["error"]["message"] for each in failure["error"]["errorChain"])
    assert "FLOE-C006" in said
    assert "floe compile" in said


def test_a_schedule_that_is_enabled_ticks_and_its_run_says_for_when(small, small_dagster):
    (run, *_) = small_dagster.until(lambda: small_dagster.runs(**{TICKS: "ticking_schedule"}), 90)
    small_dagster.stop_schedule("ticking", "ticking_schedule")
    assert small_dagster.wait(run["runId"])["status"] == "SUCCESS"
    assert run["jobName"] == "ticking"
    events = small.lineage_of("ticking", run["runId"])
    nominal = {each["run"]["facets"]["nominalTime"]["nominalStartTime"] for each in events}
    assert len(nominal) == 1
    assert nominal.pop().endswith(("00+01:00", "00+02:00", "00+00:00"))
    assert small.tables("ticking") == {"ticks": ["{'n': 1}"]}
