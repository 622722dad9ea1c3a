"""`floe lineage`: status, flush, show and validate, as somebody meets them after a run."""

from __future__ import annotations

import json
import time

import pytest

from floe_sdk.runtime.recovery.lock import product_lock
from floe_sdk.testing import EVENTS, Answer


@pytest.fixture
def away(product, server):
    """The product after a run whose server was away, which has come back."""
    server.stop()
    product.configure({"url": server.uri}, {"type": "file"})
    product.floe("run")
    server.start()
    return product


def said(product, *arguments, **options):
    return json.loads(product.floe("lineage", *arguments, "--json", **options))


def test_status_says_what_waits_since_when_and_why(away):
    lines = away.floe("lineage", "status").splitlines()
    assert [line.split()[:6] for line in lines[1:3]] == [
        ["openlineage", "6", "1", "0", "0", "0"],
        ["file", "0", "0", "6", "0", "0"],
    ]
    assert "the connection was refused" in lines[3]
    assert lines[4] == "`floe lineage flush` sends what waits"
    one, other = said(away, "status")["sinks"]
    assert (one["waiting"], one["oldest"], one["selected"]) == (6, away.evidence.lineage()[0]["eventTime"], True)
    assert (other["waiting"], other["sent"], other["last_error"]) == (0, 6, None)


def test_flush_sends_in_order_and_then_nothing(away, server):
    assert "openlineage: sent 6 events" in away.floe("lineage", "flush")
    assert server.events == away.evidence.lineage()
    server.check()
    assert "openlineage: nothing waits" in away.floe("lineage", "flush")
    assert len(server.requests) == 6
    assert said(away, "status")["sinks"][0]["sent"] == 6


def test_flush_while_the_server_is_away_keeps_everything_and_says_so(away, server):
    server.stop()
    began = time.monotonic()
    output = away.floe("lineage", "flush", "--timeout", "30", code=4)
    assert time.monotonic() - began < 10
    assert "openlineage: sent 0 events, 6 events still waiting (http://127.0.0.1" in output
    assert len(away.waiting) == 1


def test_flush_with_an_event_that_is_refused(away, server):
    server.misbehave(Answer(400, b"not liked"), EVENTS, after=2)
    output = away.floe("lineage", "flush", code=1)
    assert "sent 5 events, 1 event refused and set aside" in output
    (line,) = said(away, "show", "--set-aside")["set_aside"]["openlineage"]
    assert "answers 400 (not liked)" in line["reason"]
    assert line["event"] == away.evidence.lineage()[2]
    assert "not liked" in away.floe("lineage", "show", "--set-aside")
    one = said(away, "status")["sinks"][0]
    assert (one["sent"], one["set_aside"], one["waiting"]) == (5, 1, 0)


def test_flush_until_a_server_that_is_overloaded_has_everything(away, server):
    server.misbehave(Answer(429, headers={"Retry-After": "1"}), EVENTS, times=2)
    away.floe("lineage", "flush")
    assert len(server.events) == 6


def test_flush_does_not_disturb_a_run(away, server):
    with product_lock(away.evidence.state):
        assert "FLOE-R001" in away.floe("lineage", "flush", code=1)
    assert server.requests == []


def test_flush_closes_a_run_that_was_killed(product, server):
    product.configure({"url": server.uri})
    status, *_ = product.forks.run("run", cwd=product.shelf.product, FLOE_FAULT="before-commit:orders")
    assert status == -9
    product.floe("lineage", "flush")
    server.check()
    assert [each["eventType"] for each in server.events][-2:] == ["ABORT", "ABORT"]


def test_flush_without_a_sink_says_how_to_get_one(product):
    product.configure({"url": "https://marquez"}, enabled=False)
    output = product.floe("lineage", "flush", code=2)
    assert "FLOE-L003" in output
    assert "transport: http" in output


def test_nothing_is_flushed_where_openlineage_is_off(away, server):
    away.floe("lineage", "flush", OPENLINEAGE_DISABLED="true")
    assert server.requests == []
    assert len(away.waiting) == 1


def test_a_sink_that_is_no_longer_named_is_still_told(away):
    away.configure({"url": "https://marquez"}, enabled=False)
    assert "openlineage (not in the manifest)" in away.floe("lineage", "status")


def test_show_tells_the_last_run_or_the_one_that_is_asked_for(away):
    first = away.evidence.lineage()[0]["run"]["runId"]
    away.floe("run")
    lines = away.floe("lineage", "show").splitlines()
    assert "in dev, 6 events" in lines[0]
    assert [line.split()[1:3] for line in lines[2:4]] == [["START", "shop"], ["START", "shop.orders"]]
    complete = next(line for line in lines if "COMPLETE" in line and "shop.orders" in line)
    assert complete.split()[-2:] == ["orders", "50"]
    document = said(away, "show", "--run", first)
    assert (document["run_id"], len(document["events"]), document["waiting"]) == (first, 6, {})
    assert said(away, "show", "--run", first.upper())["run_id"] == first
    several = away.floe("lineage", "show", "--run", first[:4], code=2)
    assert f"the ids of 2 runs in dev begin with '{first[:4]}'" in several
    assert first in several
    missing = away.floe("lineage", "show", "--run", "abcd", code=2)
    assert "FLOE-L002" in missing
    assert first in missing


def test_validate_reads_what_is_kept_or_a_file(away, tmp_path):
    assert "6 events, 0 problems" in away.floe("lineage", "validate")
    away.floe("run")
    assert "12 events, 0 problems" in away.floe("lineage", "validate", "--all")
    assert "12 events, 0 problems" in away.floe("lineage", "validate", "--file", ".floe/lineage.jsonl")
    events = away.evidence.lineage()
    events[1]["job"]["facets"]["jobType"]["processingType"] = 7
    broken = tmp_path / "broken.jsonl"
    broken.write_text("".join(json.dumps(each) + "\n" for each in [*events[:-1], events[2]]))
    output = away.floe("lineage", "validate", "--file", broken, code=1)
    assert "event 2: event.job.facets.jobType" in output or "event 2: job.facets.jobType.processingType" in output
    assert "no end" in output
    document = said(away, "validate", "--file", broken, code=1)
    assert document["events"] == 12
    assert any(each["event"] == 2 for each in document["problems"])
    broken.write_text("{\n")
    assert "broken.jsonl:1: no JSON" in away.floe("lineage", "validate", "--file", broken, code=2)
    broken.write_bytes(b"{}\n\xff\n")
    assert "broken.jsonl:2: no JSON" in away.floe("lineage", "validate", "--file", broken, code=2)
