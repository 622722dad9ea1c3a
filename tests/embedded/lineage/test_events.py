import json
import uuid

import pytest
from support.lineage import (
    COLUMNS,
    RUN_ID,
    artifacts,
    check_states,
    ended,
    judge,
    node_finished,
    node_started,
    started,
)

from floe_sdk import CatalogAccess, LineageEmitter, NodeStatus, redactor
from floe_sdk.runtime.lineage import node_run_id
from floe_sdk.schemas.events import RunStatus

NODES = ("regions", "stg_orders", "orders", "unique_orders_id")


@pytest.fixture
def tell(tmp_path):
    """Tell an emitter a run; returns the events that its sink took, by job name and kind."""

    def run(*calls, product=None, **options):
        events = []
        emitter = LineageEmitter(
            product or artifacts(),
            RUN_ID,
            state_dir=tmp_path / "state",
            product_root=tmp_path / "product",
            sinks={"list": events.append},
            catalog=CatalogAccess(type="rest", properties={"uri": "https://user:pw@catalog.example.com/api/?token=x"}),
            **options,
        )
        for name, event in calls:
            getattr(emitter, name)(event)
        assert emitter.close(5) == {}
        return events

    return run


def whole_run(test=NodeStatus.SUCCESS):
    calls = [("emit_start", started())]
    for name in NODES:
        calls.append(("emit_start", node_started(name)))
        status = test if name == "unique_orders_id" else NodeStatus.SUCCESS
        failures = 2 if status is not NodeStatus.SUCCESS else 0
        calls.append(("emit_end", node_finished(name, status, "Got 2 results" if failures else "", failures)))
    status = RunStatus.FAILED if test.failed else RunStatus.SUCCESS
    return [*calls, ("emit_end", ended(status, "1 node failed" if test.failed else ""))]


def one(events, name, kind):
    (event,) = (each for each in events if each["job"]["name"] == name and each["eventType"] == kind)
    return event


@pytest.mark.parametrize("status", [NodeStatus.SUCCESS, NodeStatus.FAIL, NodeStatus.WARN, NodeStatus.ERROR])
def test_every_event_of_a_run_is_valid_and_every_start_has_one_end(tell, status):
    events = tell(*whole_run(status))
    judging = judge()
    for event in events:
        judging.check(event)
    check_states(events)
    assert len(events) == 2 * (len(NODES) + 1)


def test_run_ids_are_version_7_and_those_of_nodes_follow_from_the_run_s(tell):
    events = tell(*whole_run())
    ids = {event["run"]["runId"] for event in events}
    assert {uuid.UUID(each).version for each in ids} == {7}
    assert ids == {RUN_ID, *(node_run_id(RUN_ID, call[1].node_id) for call in whole_run()[1:-1])}


def test_nodes_have_the_run_as_parent_and_root(tell):
    event = one(tell(*whole_run()), "shop.shop.orders", "COMPLETE")
    parent = event["run"]["facets"]["parent"]
    assert parent["run"] == {"runId": RUN_ID}
    assert parent["job"] == {"namespace": "acme", "name": "shop"}
    assert parent["root"] == {"run": {"runId": RUN_ID}, "job": {"namespace": "acme", "name": "shop"}}


SCHEDULER = "0190a6f5-0000-7000-8000-000000000001"


def test_a_scheduler_s_run_is_the_parent_and_the_root(tell, monkeypatch):
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", f"airflow://prod/daily.floe/{SCHEDULER}")
    events = tell(*whole_run())
    run = one(events, "shop", "START")["run"]["facets"]["parent"]
    assert run["run"]["runId"] == run["root"]["run"]["runId"] == SCHEDULER
    assert run["job"] == {"namespace": "airflow://prod", "name": "daily.floe"}
    node = one(events, "shop.shop.orders", "START")["run"]["facets"]["parent"]
    assert node["run"]["runId"] == RUN_ID
    assert node["root"]["run"]["runId"] == SCHEDULER


@pytest.mark.parametrize("value", ["nonsense", "a/b/not-a-uuid", f"/x/{SCHEDULER}"])
def test_a_parent_that_cannot_be_read_is_said_and_left_out(tell, monkeypatch, caplog, value):
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", value)
    assert "parent" not in one(tell(*whole_run()), "shop", "START")["run"]["facets"]
    assert "OPENLINEAGE_PARENT_ID is not namespace/job/runId" in caplog.text


def test_a_scheduled_run_and_its_nodes_say_for_when(tell, monkeypatch):
    monkeypatch.setenv("FLOE_NOMINAL_TIME", "2026-03-29T05:15:00+02:00")
    events = tell(*whole_run())
    judging = judge()
    for event in events:
        judging.check(event)
        assert event["run"]["facets"]["nominalTime"]["nominalStartTime"] == "2026-03-29T05:15:00+02:00"


@pytest.mark.parametrize("value", ["soon", "2026-03-29T05:15:00", ""])
def test_a_nominal_time_that_cannot_be_read_is_said_and_left_out(tell, monkeypatch, caplog, value):
    monkeypatch.setenv("FLOE_NOMINAL_TIME", value)
    assert not any("nominalTime" in event["run"]["facets"] for event in tell(*whole_run()))
    assert ("FLOE_NOMINAL_TIME is no time in ISO 8601 with a zone" in caplog.text) == bool(value)


def test_a_table_is_named_by_its_location_with_the_catalog_s_name_beside_it(tell):
    event = one(tell(*whole_run()), "shop.shop.orders", "COMPLETE")
    (table,) = event["outputs"]
    assert (table["namespace"], table["name"]) == ("file", "/lake/shop/orders")
    identity = {"namespace": "https://catalog.example.com/api", "name": "shop.orders", "type": "TABLE"}
    assert table["facets"]["symlinks"]["identifiers"] == [identity]
    assert table["facets"]["version"]["datasetVersion"] == "7000000000000000001"
    assert [field["name"] for field in table["facets"]["schema"]["fields"]] == ["id", "cents", "name"]
    assert table["facets"]["schema"]["fields"][0]["description"] == "Identifies it."
    assert table["facets"]["ownership"]["owners"][0]["name"] == "orders@example.com"
    statistics = table["outputFacets"]["outputStatistics"]
    assert (statistics["rowCount"], statistics["size"], statistics["fileCount"]) == (3, 900, 1)
    inputs = {(each["namespace"], each["name"]) for each in event["inputs"]}
    assert inputs == {("file", "/lake/shop/regions"), ("https://catalog.example.com/api", "shop.stg_orders")}


def test_files_are_named_by_their_path(tell, tmp_path):
    events = tell(*whole_run())
    (raw,) = one(events, "shop.shop.stg_orders", "COMPLETE")["inputs"]
    (seed,) = one(events, "shop.shop.regions", "COMPLETE")["inputs"]
    assert (raw["namespace"], raw["name"]) == ("file", str(tmp_path / "product/raw/orders.csv"))
    assert (seed["namespace"], seed["name"]) == ("file", str(tmp_path / "product/seeds/regions.csv"))


def test_columns_are_traced_through_a_view_and_a_star_to_their_file(tell, tmp_path):
    events = tell(*whole_run())
    raw = str(tmp_path / "product/raw/orders.csv")
    (view,) = one(events, "shop.shop.stg_orders", "COMPLETE")["outputs"]
    fields = view["facets"]["columnLineage"]["fields"]
    assert {name: field["inputFields"][0]["name"] for name, field in fields.items()} == dict.fromkeys(
        ("id", "amount", "region"), raw
    )
    (table,) = one(events, "shop.shop.orders", "COMPLETE")["outputs"]
    lineage = table["facets"]["columnLineage"]
    (cents,) = lineage["fields"]["cents"]["inputFields"]
    assert (cents["name"], cents["field"]) == ("shop.stg_orders", "amount")
    assert cents["transformations"] == [{"type": "DIRECT", "subtype": "TRANSFORMATION", "masking": False}]
    assert {(each["name"], each["field"]) for each in lineage["dataset"]} == {
        ("shop.stg_orders", "region"),
        ("/lake/shop/regions", "region"),
    }


def test_a_star_over_a_view_has_the_columns_that_the_view_has(tell):
    sql = 'select * exclude (region, amount), amount + 1 as cents, region as name from "floe"."shop"."stg_orders"'
    events = tell(
        ("emit_start", started()),
        ("emit_end", node_finished("stg_orders")),
        ("emit_end", node_finished("orders", sql=sql)),
        ("emit_end", ended(RunStatus.SUCCESS)),
    )
    (table,) = one(events, "shop.shop.orders", "COMPLETE")["outputs"]
    fields = table["facets"]["columnLineage"]["fields"]
    found = {name: [each["field"] for each in field["inputFields"]] for name, field in fields.items()}
    assert found == {"id": ["id"], "cents": ["amount"], "name": ["region"]}


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ('select * from "floe"."other"."t"', "the columns of * are unknown"),
        ("select 1 as id, 2 as more", "the query's columns are not those of the table"),
        ("select broken from (", "it can't be parsed at line 1"),
        (" union all ".join(["select 1 as id"] * 2000), "RecursionError while it was read"),
        ("select t.id, 1 as cents, 'x' as name from other.t", "other.t is read, but no ref"),
    ],
)
def test_column_lineage_that_cannot_be_had_is_absent_and_said(tell, sql, reason):
    events = tell(
        ("emit_start", started()),
        ("emit_end", node_finished("orders", sql=sql)),
        ("emit_end", ended(RunStatus.SUCCESS)),
    )
    event = one(events, "shop.shop.orders", "COMPLETE")
    assert "columnLineage" not in event["outputs"][0]["facets"]
    error = event["run"]["facets"]["extractionError"]
    assert error["errors"][0]["errorMessage"].startswith(reason)
    judge().check(event)


def test_what_decides_on_rows_and_is_not_known_is_said_beside_the_columns(tell):
    sql = """select o.id, o.amount as cents, 'x' as name
             from "floe"."shop"."stg_orders" o join my_macro(o.id) m on m.k = o.id"""
    events = tell(
        ("emit_start", started()),
        ("emit_end", node_finished("stg_orders", sql="select id, amount, region from read_csv('raw/orders.csv')")),
        ("emit_end", node_finished("orders", sql=sql)),
        ("emit_end", ended(RunStatus.SUCCESS)),
    )
    event = one(events, "shop.shop.orders", "COMPLETE")
    assert list(event["outputs"][0]["facets"]["columnLineage"]["fields"]) == ["id", "cents", "name"]
    (error,) = event["run"]["facets"]["extractionError"]["errors"]
    assert error["task"] == "(rows)"
    assert error["errorMessage"] == "JOIN: what the table function my_macro reads is not known"
    judge().check(event)


def test_the_cache_gives_the_same_lineage_without_parsing(tell, tmp_path, monkeypatch):
    first = one(tell(*whole_run()), "shop.shop.orders", "COMPLETE")
    assert (tmp_path / "state/cache/column_lineage.json").exists()

    def parse(*arguments):
        raise AssertionError("parsed again")

    monkeypatch.setattr("floe_sdk.runtime.lineage.sql.column_lineage", parse)
    assert one(tell(*whole_run()), "shop.shop.orders", "COMPLETE") == first
    (tmp_path / "state/cache/column_lineage.json").write_text("cut off {")
    monkeypatch.undo()
    assert one(tell(*whole_run()), "shop.shop.orders", "COMPLETE") == first


def test_a_failed_test_is_fail_and_an_assertion_on_the_tested_table(tell):
    event = one(tell(*whole_run(NodeStatus.FAIL)), "shop.shop.orders.test.unique_orders_id", "FAIL")
    (tested,) = event["inputs"]
    assert tested["name"] == "/lake/shop/orders"
    (assertion,) = tested["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert assertion["assertion"] == "unique"
    assert assertion["column"] == "id"
    assert assertion["success"] is False
    assert assertion["actual"] == "2"
    assert event["run"]["facets"]["errorMessage"]["message"] == "Got 2 results"
    assert event["run"]["facets"]["test"]["tests"][0]["status"] == "fail"


def test_a_test_that_only_warns_completes_and_still_says_that_it_found_rows(tell):
    event = one(tell(*whole_run(NodeStatus.WARN)), "shop.shop.orders.test.unique_orders_id", "COMPLETE")
    (assertion,) = event["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert assertion["success"] is False


def test_a_test_that_could_not_be_executed_asserts_nothing(tell):
    event = one(tell(*whole_run(NodeStatus.ERROR)), "shop.shop.orders.test.unique_orders_id", "FAIL")
    assert "inputFacets" not in event["inputs"][0]
    assert "test" not in event["run"]["facets"]


def test_nodes_that_are_open_when_the_run_ends_are_aborted_before_it(tell):
    events = tell(
        ("emit_start", started()),
        ("emit_start", node_started("orders")),
        ("emit_end", ended(RunStatus.ABORTED, "Ctrl-C")),
    )
    assert [(each["job"]["name"], each["eventType"]) for each in events] == [
        ("shop", "START"),
        ("shop.shop.orders", "START"),
        ("shop.shop.orders", "ABORT"),
        ("shop", "ABORT"),
    ]


def test_ends_that_come_twice_or_without_a_start_leave_one_start_and_one_end(tell):
    events = tell(
        ("emit_start", started()),
        ("emit_complete", node_finished("orders")),
        ("emit_fail", node_finished("orders", NodeStatus.ERROR)),
        ("emit_start", node_started("orders")),
        ("emit_start", started()),
        ("emit_complete", ended(RunStatus.SUCCESS)),
        ("emit_fail", ended(RunStatus.FAILED)),
        ("emit_start", node_started("regions")),
    )
    check_states(events)
    assert len(events) == 4


def test_skipped_nodes_abort(tell):
    skipped = node_finished("orders", NodeStatus.SKIPPED, "a parent failed")
    events = tell(("emit_start", started()), ("emit_end", skipped), ("emit_end", ended(RunStatus.FAILED, "x")))
    assert one(events, "shop.shop.orders", "ABORT")["run"]["facets"]["errorMessage"]["message"] == "a parent failed"


def test_no_event_holds_a_secret_neither_does_the_spool(tell, tmp_path):
    redactor.add("hunter22-lineage")
    events = []

    def failing(event):
        events.append(event)
        raise OSError("away")

    emitter = LineageEmitter(
        artifacts(),
        RUN_ID,
        state_dir=tmp_path / "state",
        product_root=tmp_path,
        sinks={"list": failing},
    )
    emitter.emit_start(started())
    sql = "select 'hunter22-lineage' as id, 1 as cents, 'aHVudGVyMjItbGluZWFnZQ==' as name"
    emitter.emit_end(node_finished("orders", NodeStatus.ERROR, "cannot log in with hunter22-lineage", sql=sql))
    emitter.emit_end(ended(RunStatus.FAILED, "hunter22-lineage"))
    emitter.close(5)
    text = json.dumps(events) + "".join(path.read_text() for path in (tmp_path / "state").rglob("*") if path.is_file())
    assert "cannot log in with ***" in text
    assert "hunter22" not in text
    assert "aHVudGVy" not in text


def test_what_one_node_failed_with_is_in_no_other_event(tell):
    events = tell(
        ("emit_start", started()),
        ("emit_end", node_finished("regions", NodeStatus.ERROR, message="no such column")),
        ("emit_start", node_started("stg_orders")),
        ("emit_end", ended(RunStatus.FAILED)),
    )
    told = [(each["job"]["name"], each["eventType"]) for each in events if "errorMessage" in each["run"]["facets"]]
    assert told == [("shop.shop.regions", "FAIL"), ("shop.shop.stg_orders", "ABORT")]


def test_disabled_lineage_and_lineage_without_a_sink_leave_nothing(tmp_path):
    events = []
    for product, sinks in ((artifacts(enabled=False), {"list": events.append}), (artifacts(), {})):
        emitter = LineageEmitter(product, RUN_ID, state_dir=tmp_path, product_root=tmp_path, sinks=sinks)
        for name, event in whole_run():
            getattr(emitter, name)(event)
        assert emitter.close(1) == {}
    assert events == []
    assert list(tmp_path.iterdir()) == []


def test_the_namespace_of_jobs_is_the_manifest_s(tell):
    events = tell(*whole_run(), product=artifacts(namespace="analytics"))
    assert {event["job"]["namespace"] for event in events} == {"analytics"}


def test_a_spool_that_cannot_be_written_fails_no_run(tmp_path, caplog):
    (tmp_path / "state").write_text("a file in the folder's place")
    events = []
    emitter = LineageEmitter(
        artifacts(), RUN_ID, state_dir=tmp_path / "state", product_root=tmp_path, sinks={"list": events.append}
    )
    for name, event in whole_run():
        getattr(emitter, name)(event)
    emitter.close(1)
    assert caplog.text.count("lineage can't be kept on disk") == 1
    check_states(events)


assert set(COLUMNS) < set(NODES)
