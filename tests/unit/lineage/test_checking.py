"""What `floe lineage validate` and the server for tests call wrong: each rule by an event that breaks it."""

from __future__ import annotations

import copy
import sys

import pytest

from floe_sdk import FloeError
from floe_sdk.runtime.lineage import facets
from floe_sdk.runtime.lineage.checking import Checker, SpecChecker, StateMachine

SPEC = "https://openlineage.io/spec"
RUN, NODE, OTHER = (f"01a2093d-8faf-707b-a4e7-92b4c65ff08{digit}" for digit in "eab")


def event(kind, run_id=RUN, parent=None, name="shop"):
    link = {"namespace": "acme", "name": "shop", "runId": parent} if parent else None
    return {
        "eventType": kind,
        "eventTime": "2026-03-01T12:00:00+00:00",
        "run": {"runId": run_id, "facets": {"parent": facets.parent(link, link)} if link else {}},
        "job": {"namespace": "acme", "name": name, "facets": {"sql": facets.sql("select 1", "duckdb")}},
        "inputs": [],
        "outputs": [
            {"namespace": "file", "name": "/lake/t", "facets": {"schema": facets.schema((("id", "int"),), {})}}
        ],
        "producer": facets.PRODUCER,
        "schemaURL": facets.EVENT_SCHEMA,
    }


@pytest.fixture(scope="module")
def spec():
    return SpecChecker()


def plain(kind):
    """A facet of a producer that has no schema of its own for it, and names that of all facets."""
    return {"_producer": "https://a.b", "_schemaURL": f"{SPEC}/2-0-2/OpenLineage.json#/$defs/{kind}"}


def broken(change):
    one = copy.deepcopy(event("START"))
    change(one)
    return one


def test_a_valid_event_has_no_problem(spec):
    assert spec.problems(event("START", NODE, RUN)) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda e: e.pop("eventTime"), "event: 'eventTime' is a required property"),
        (lambda e: e.update(eventType="BEGIN"), "event.eventType: 'BEGIN' is not one of"),
        (lambda e: e["run"].update(runId="17"), "event.run.runId: '17' is not a 'uuid'"),
        (lambda e: e.update(eventTime="yesterday"), "event.eventTime: 'yesterday' is no date and time"),
        (lambda e: e.update(eventTime="2026-03-01T12:00:00"), "has no time zone"),
        (lambda e: e["job"]["facets"]["sql"].pop("query"), "job.facets.sql: 'query' is a required property"),
        (lambda e: e["outputs"][0]["facets"]["schema"].update(fields=7), "outputs[0].facets.schema.fields: 7 is not"),
        (lambda e: e["job"]["facets"].update(sequel=facets.sql("x", "y")), "sequel is not the name of the facet of"),
        (
            lambda e: e["job"]["facets"]["sql"].update(_schemaURL="https://openlineage.io/spec/facets/9-9-9/Sql.json"),
            "is not a file of the spec that is known here",
        ),
        (
            lambda e: e["job"]["facets"].update(mine={"_producer": "https://a.b", "_schemaURL": "https://a.b/c"}),
            "a facet that is not the spec's has its producer's prefix",
        ),
        (
            lambda e: e["job"]["facets"]["sql"].update(_schemaURL=f"{SPEC}/facets/1-1-0/SQLJobFacet.json#/$defs/Sql"),
            "SQLJobFacet.json#/$defs/Sql is no place in the spec",
        ),
        (
            lambda e: e["job"]["facets"].update(mine=plain("JobFacet")),
            "a facet that is not the spec's has its producer's prefix",
        ),
    ],
)
def test_an_event_that_breaks_a_rule_of_the_spec(spec, change, problem):
    (found,) = spec.problems(broken(change))
    assert problem in found


def test_a_facet_of_a_producer_s_own_is_fine(spec):
    own = {"_producer": "https://a.b", "_schemaURL": "https://a.b/c.json"}
    assert spec.problems(broken(lambda e: e["job"]["facets"].update(floe_mine=own))) == []
    assert spec.problems(broken(lambda e: e["job"]["facets"].update(x_mine=plain("JobFacet")))) == []
    assert spec.problems(broken(lambda e: e["run"]["facets"].update(x_mine=plain("BaseFacet")))) == []


GOOD = [event("START"), event("START", NODE, RUN), event("COMPLETE", NODE, RUN), event("COMPLETE")]


def problems(events, **options):
    states = StateMachine(**options)
    return [line for each in events for line in states.problems(each)] + states.open()


def test_a_run_in_order_has_no_problem():
    assert problems(GOOD) == []
    assert problems([*GOOD, {**event("OTHER"), "eventTime": "2026-03-01T13:00:00+00:00"}]) == []


@pytest.mark.parametrize(
    ("events", "problem"),
    [
        ([event("COMPLETE")], "COMPLETE without a START"),
        ([event("START"), {**event("START"), "inputs": [1]}, event("FAIL")], "a second START"),
        ([event("START"), event("FAIL"), event("COMPLETE")], "COMPLETE after FAIL"),
        ([event("START")], "no end"),
        ([*GOOD[:2], event("COMPLETE"), event("ABORT", NODE, RUN)], "ABORT after its parent's end"),
        ([event("START", NODE, OTHER), event("FAIL", NODE, OTHER)], "is not known"),
        ([*GOOD, event("START", OTHER), event("FAIL", OTHER, name="else")], "the run was shop before"),
        ([*GOOD[:2], event("FAIL", NODE, OTHER), GOOD[3]], "its parent was"),
    ],
)
def test_an_order_that_can_not_be(events, problem):
    assert any(problem in line for line in problems(events))


def test_an_event_without_a_kind_is_one_between_the_start_and_the_end():
    untyped = event("START")
    del untyped["eventType"]
    checker = Checker()
    assert [checker.problems(each) for each in (GOOD[0], untyped)] == [[], []]
    assert problems([untyped, *GOOD])


def test_a_parent_that_others_have_started_is_fine():
    node = [event("START", NODE, OTHER), event("FAIL", NODE, OTHER)]
    assert problems(node, known=[OTHER]) == problems(node, strangers=True) == []


def test_an_event_that_comes_again_is_counted_and_no_fault():
    checker = Checker()
    assert [checker.problems(each) for each in (*GOOD, GOOD[1])] == [[]] * 5
    assert checker.states.repeated == 1


def test_without_jsonschema_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    with pytest.raises(FloeError) as caught:
        Checker().problems(GOOD[0])
    assert (caught.value.code.id, caught.value.exit_code) == ("FLOE-L001", 2)
    assert 'pip install "floe-sdk[validate]"' in caught.value.fix
