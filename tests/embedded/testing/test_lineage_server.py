"""`LineageServer` is a judge: what it must not take, and what it must not let pass at the end."""

from __future__ import annotations

import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from support.lineage import RUN_ID

from floe_sdk.runtime.lineage import facets
from floe_sdk.testing import EVENTS, Answer, Flapping, LineageServer


def event(kind, **changes):
    return {
        "eventType": kind,
        "eventTime": "2026-03-01T12:00:00+00:00",
        "run": {"runId": RUN_ID, "facets": {}},
        "job": {"namespace": "acme", "name": "shop", "facets": {}},
        "inputs": [],
        "outputs": [],
        "producer": facets.PRODUCER,
        "schemaURL": facets.EVENT_SCHEMA,
        **changes,
    }


@pytest.fixture
def server():
    with LineageServer() as made:
        yield made


def ask(server, body=None, path="/api/v1/lineage"):
    """The status, and what the answer says."""
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    try:
        with urlopen(Request(f"{server.uri}{path}", data)) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_a_whole_run_is_taken_once_though_it_comes_twice(server):
    story = [event("START"), event("COMPLETE")]
    assert [ask(server, each)[0] for each in (*story, story[1])] == [201] * 3
    assert (server.events, server.repeated) == (story, 1)
    server.check()
    assert json.loads(ask(server, path="/api/v1/namespaces/acme/jobs/shop/runs")[1])["runs"][0]["state"] == "COMPLETED"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (event("START", eventTime="yesterday"), "no date and time"),
        (event("START", run={}), "'runId' is a required property"),
        (event("COMPLETE"), "COMPLETE without a START"),
    ],
)
def test_what_is_wrong_is_answered_with_the_reason_and_remembered(server, wrong, reason):
    status, text = ask(server, wrong)
    assert status == 422
    assert reason in text
    assert server.events == []
    with pytest.raises(AssertionError, match=reason):
        server.check()


def test_what_is_no_event_at_all_is_remembered(server):
    assert ask(server, b"[]")[0] == ask(server, b"{")[0] == 400
    with pytest.raises(AssertionError, match="an event is an object"):
        server.check()


def test_a_run_that_has_no_end_is_no_good_one(server):
    ask(server, event("START"))
    with pytest.raises(AssertionError, match="no end"):
        server.check()


def test_every_second_request_meets_the_fault(server):
    server.misbehave(Flapping(Answer(503)), EVENTS, times=None)
    assert [ask(server, event("START"))[0] for _ in range(4)] == [503, 201, 503, 201]
