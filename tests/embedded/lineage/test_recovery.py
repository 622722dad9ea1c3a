"""What becomes of the events of processes that are killed with -9."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.lineage import NEXT, RUN_ID, check_states, emitter, events_of, judge, node_started, spool, spooled, tell

TESTS = Path(__file__).parents[2]


def runs(events):
    return [(event["run"]["runId"] in (RUN_ID, NEXT), event["eventType"]) for event in events]


KILLED = """
import os, sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from support.lineage import *
from floe_sdk import LineageEmitter
folder, taken = Path({folder!r}), Path({folder!r}) / "taken.jsonl"
def sink(event):
    with taken.open("a") as file:
        file.write(json.dumps(event) + "\\n")
one = LineageEmitter(artifacts(), RUN_ID, state_dir=folder, product_root=folder, sinks={{"file": sink, "late": {late}}})
one.emit_start(started())
one.emit_start(node_started("regions"))
one.emit_end(node_finished("regions"))
one.emit_start(node_started("orders"))
done = folder / "spool" / "staging" / (RUN_ID + ".file.done")
while not done.exists() or len(done.read_text().splitlines()) < 4:
    time.sleep(0.01)
os.write(1, b"\\nready\\n")  # whole, whatever the thread of `late` is printing
time.sleep(600)
"""


@pytest.fixture
def killed(tmp_path):
    """A run in a process of its own, killed with -9 while a node is open; returns its folder."""

    def kill(late="print"):
        code = KILLED.format(tests=str(TESTS), folder=str(tmp_path), late=late)
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout:
                if line == "ready\n":
                    break
            os.kill(process.pid, signal.SIGKILL)
        return tmp_path

    return kill


def test_a_killed_run_is_closed_as_abort_by_the_next_with_the_same_ids(killed):
    folder = killed()
    before = events_of(folder / "taken.jsonl")
    assert runs(before) == [(True, "START"), (False, "START"), (False, "COMPLETE"), (False, "START")]
    after = []
    second = emitter(folder, NEXT, file=after.append, late=print)
    tell(second, NEXT)
    assert second.close(5) == {}
    assert runs(after[:2]) == [(False, "ABORT"), (True, "ABORT")]
    check_states([*before, *after[:2]])
    check_states(after[2:])
    assert after[0]["run"]["runId"] == before[3]["run"]["runId"]
    assert after[0]["job"] == before[3]["job"]
    assert after[1]["run"]["runId"] == before[0]["run"]["runId"]
    assert "without saying so" in after[0]["run"]["facets"]["errorMessage"]["message"]
    assert spooled(folder) == []
    judging = judge()
    for event in after:
        judging.check(event)


def test_a_sink_that_the_killed_run_did_not_reach_gets_the_whole_story(killed):
    folder = killed(late="lambda event: time.sleep(600)")
    late = []
    second = emitter(folder, NEXT, file=print, late=late.append)
    second.close(5)
    check_states(late)
    assert len(late) == 6


def test_a_run_closed_by_a_run_that_dies_too_is_closed_once(killed):
    folder = killed()
    dead = emitter(folder, NEXT, file=lambda event: time.sleep(600))
    dead.close(0.1)
    del dead
    after = []
    emitter(folder, "01a2093d-9000-7000-8000-000000000003", file=after.append).close(5)
    assert runs(after) == [(False, "ABORT"), (True, "ABORT")]


def test_a_line_that_was_cut_by_the_kill_spoils_no_other(killed):
    folder = killed()
    path = spool(folder) / f"{RUN_ID}.jsonl"
    with path.open("a") as file:
        file.write('{"eventType": "COMP')
    after = []
    emitter(folder, NEXT, file=after.append, late=print).close(5)
    assert runs(after) == [(False, "ABORT"), (True, "ABORT")]
    assert spooled(folder) == []


def test_a_node_started_again_keeps_its_id(killed):
    folder = killed()
    ids = {event["job"]["name"]: event["run"]["runId"] for event in events_of(folder / "taken.jsonl")}
    events = []
    again = emitter(folder / "elsewhere", RUN_ID, sink=events.append)
    again.emit_start(node_started("orders"))
    again.close(5)
    assert events[0]["run"]["runId"] == ids["shop.shop.orders"]
