"""What a run's events survive: sinks that fail or hang, and processes that are killed with -9."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from support.lineage import (
    RUN_ID,
    artifacts,
    check_states,
    ended,
    judge,
    node_finished,
    node_started,
    started,
)

from floe_sdk import LineageEmitter
from floe_sdk.runtime.lineage.spool import KEPT_RUNS
from floe_sdk.schemas.events import RunStatus

NEXT = "01a2093d-9000-7000-8000-000000000002"
TESTS = Path(__file__).parents[2]


def emitter(folder, run_id, **sinks):
    return LineageEmitter(artifacts(), run_id, state_dir=folder, product_root=folder, sinks=sinks)


def tell(one, run_id):
    one.emit_start(started(run_id))
    one.emit_end(node_finished("regions"))
    one.emit_end(ended(RunStatus.SUCCESS, run_id=run_id))


def spooled(folder):
    return sorted(path.name for path in (folder / "spool").iterdir())


def runs(events):
    return [(event["run"]["runId"] in (RUN_ID, NEXT), event["eventType"]) for event in events]


def test_what_all_sinks_took_leaves_nothing_on_disk(tmp_path):
    one, two = [], []
    first = emitter(tmp_path, RUN_ID, one=one.append, two=two.append)
    tell(first, RUN_ID)
    assert first.close(5) == {}
    assert spooled(tmp_path) == []
    assert one == two
    check_states(one)


def test_events_are_on_disk_before_a_sink_hears_of_them(tmp_path):
    seen = []

    def sink(event):
        lines = (tmp_path / "spool" / f"{RUN_ID}.jsonl").read_text().splitlines()
        seen.append(event in [json.loads(line) for line in lines])

    first = emitter(tmp_path, RUN_ID, sink=sink)
    tell(first, RUN_ID)
    first.close(5)
    assert seen == [True] * 4


def test_the_next_run_sends_what_a_sink_did_not_take_and_only_to_that_one(tmp_path):
    good, late = [], []

    def away(event):
        raise ConnectionRefusedError("nobody there")

    first = emitter(tmp_path, RUN_ID, good=good.append, late=away)
    tell(first, RUN_ID)
    assert first.close(5) == {"late": 4}
    assert len(good) == 4
    second = emitter(tmp_path, NEXT, good=good.append, late=late.append)
    tell(second, NEXT)
    assert second.close(5) == {}
    assert late == good
    assert len(good) == 8
    assert spooled(tmp_path) == []


def test_a_sink_that_hangs_delays_the_end_by_the_deadline_only(tmp_path):
    good = []
    first = emitter(tmp_path, RUN_ID, good=good.append, hanging=lambda event: time.sleep(600))
    tell(first, RUN_ID)
    began = time.monotonic()
    assert first.close(0.5) == {"hanging": 4}
    assert time.monotonic() - began < 2
    assert len(good) == 4


def test_a_flush_is_asked_once_after_the_last_event(tmp_path):
    calls = []
    first = LineageEmitter(
        artifacts(),
        RUN_ID,
        state_dir=tmp_path,
        product_root=tmp_path,
        sinks={"sink": lambda event: calls.append(event["eventType"])},
        flushes={"sink": calls.append},
    )
    tell(first, RUN_ID)
    first.close(5)
    assert calls == ["START", "START", "COMPLETE", "COMPLETE", 5.0]


def test_the_spool_does_not_grow_without_end(tmp_path, caplog):
    (tmp_path / "spool").mkdir()
    for number in range(KEPT_RUNS + 5):
        (tmp_path / "spool" / f"01a2093d-0000-7000-8000-{number:012}.jsonl").write_text("")
    (tmp_path / "spool" / "gone.sink.done").write_text("0\n")
    emitter(tmp_path, NEXT, sink=print).close(5)
    assert "lineage of 5 runs was never taken" in caplog.text
    assert spooled(tmp_path) == []


KILLED = """
import sys, time
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
done = folder / "spool" / (RUN_ID + ".file.done")
while not done.exists() or len(done.read_text().splitlines()) < 4:
    time.sleep(0.01)
print("ready", flush=True)
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


def events_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


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
    path = folder / "spool" / f"{RUN_ID}.jsonl"
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


def test_a_sink_that_takes_an_event_after_the_end_is_not_told_it_again(tmp_path):
    taken, go_on = [], threading.Event()

    def slow(event):
        go_on.wait(30)
        taken.append(event)

    first = emitter(tmp_path, RUN_ID, slow=slow)
    tell(first, RUN_ID)
    assert first.close(0.1) == {"slow": 4}
    go_on.set()
    done = tmp_path / "spool" / f"{RUN_ID}.slow.done"
    deadline = time.monotonic() + 10
    while not (done.exists() and done.read_text() == "0\n1\n2\n3\n") and time.monotonic() < deadline:
        time.sleep(0.01)
    emitter(tmp_path, NEXT, slow=taken.append).close(5)
    assert len(taken) == 4
    assert spooled(tmp_path) == []


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the system does not list a process's open files")
@pytest.mark.parametrize("taken", [True, False])
def test_files_are_open_during_the_run_and_none_after_it(tmp_path, taken):
    def open_files():
        links = [Path(os.path.realpath(entry)) for entry in Path("/proc/self/fd").iterdir()]
        return sorted(link.name for link in links if tmp_path in link.parents)

    def sink(event):
        during.append(open_files())
        if not taken:
            raise ConnectionRefusedError("nobody there")

    during = []
    first = emitter(tmp_path, RUN_ID, sink=sink)
    tell(first, RUN_ID)
    first.close(5)
    events, marks = f"{RUN_ID}.jsonl", f"{RUN_ID}.sink.done"
    assert during == [[events], *([[events, marks] if taken else [events]] * 3)]
    assert open_files() == []
