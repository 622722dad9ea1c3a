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

from floe_sdk import LineageDelayed, LineageEmitter, LineageRefused
from floe_sdk.runtime.lineage import keeping, sending
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
    return sorted(path.name for path in spool(folder).iterdir() if path.suffix in (".jsonl", ".done"))


def spool(folder):
    return folder / "spool" / "staging"


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
        lines = (spool(tmp_path) / f"{RUN_ID}.jsonl").read_text().splitlines()
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
    assert calls[:4] == ["START", "START", "COMPLETE", "COMPLETE"]
    assert calls[4:] == [pytest.approx(5, abs=0.5)]


def test_a_sink_that_holds_events_itself_is_flushed_also_when_a_later_one_fails(tmp_path):
    held, sent = [], []

    def hold(event):
        if len(held) == 2:
            raise ConnectionError("away")
        held.append(event)

    first = LineageEmitter(
        artifacts(),
        RUN_ID,
        state_dir=tmp_path,
        product_root=tmp_path,
        sinks={"sink": hold},
        flushes={"sink": lambda timeout: sent.extend(held)},
    )
    tell(first, RUN_ID)
    assert first.close(5) == {"sink": 2}
    assert len(sent) == 2


OLD = "01a2093d-0000-7000-8000-{:012}"


def leave(folder, number, size=1):
    """A former run that nobody took: its file and the sink that shall have it."""
    spool(folder).mkdir(parents=True, exist_ok=True)
    path = spool(folder) / f"{OLD.format(number)}.jsonl"
    path.write_text(
        "".join(json.dumps({"eventType": "COMPLETE", "run": {"runId": path.stem}}) + "\n" for _ in range(size))
    )
    (spool(folder) / f"{path.stem}.sink.done").touch()
    return path


def dropped(folder):
    return json.loads((spool(folder) / "sinks.json").read_text())["sink"]["dropped"]


def test_too_many_runs_that_wait_are_dropped_with_a_word(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(keeping, "KEPT_RUNS", 3)
    for number in range(5):
        leave(tmp_path, number)
    (spool(tmp_path) / "gone.sink.done").write_text("0\n")
    taken = []
    emitter(tmp_path, NEXT, sink=taken.append).close(5)
    assert "lineage of 2 runs is dropped, it was never taken (more than 3 runs wait); events: 2 for sink" in caplog.text
    assert [event["run"]["runId"] for event in taken] == [OLD.format(number) for number in (2, 3, 4)]
    assert (spooled(tmp_path), dropped(tmp_path)) == ([], 2)


def test_what_waits_too_long_is_dropped_with_a_word(tmp_path, caplog):
    then = time.time() - 86_400 * (keeping.KEPT_DAYS + 1)
    os.utime(leave(tmp_path, 1, size=4), (then, then))
    leave(tmp_path, 2)
    taken = []
    emitter(tmp_path, NEXT, sink=taken.append).close(5)
    assert "1 runs is dropped, it was never taken (waited for more than 14 days); events: 4 for sink" in caplog.text
    assert (len(taken), dropped(tmp_path)) == (1, 4)


def test_what_is_too_large_is_dropped_from_the_oldest_on(tmp_path, caplog, monkeypatch):
    size = leave(tmp_path, 1, size=10).stat().st_size
    leave(tmp_path, 2, size=10)
    monkeypatch.setattr(keeping, "KEPT_BYTES", int(size * 1.5))
    taken = []
    emitter(tmp_path, NEXT, sink=taken.append).close(5)
    assert "MB wait); events: 10 for sink" in caplog.text
    assert {event["run"]["runId"] for event in taken} == {OLD.format(2)}


def test_the_events_of_the_last_runs_are_kept_to_be_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "KEPT_SENT", 1)
    for run_id in (RUN_ID, NEXT):
        one = emitter(tmp_path, run_id, sink=print)
        tell(one, run_id)
        one.close(5)
    (kept,) = (tmp_path / "lineage" / "staging").iterdir()
    assert kept.name == f"{max(RUN_ID, NEXT)}.jsonl"
    check_states(events_of(kept))


def test_another_environment_neither_sends_nor_forgets_what_waits(tmp_path):
    away = emitter(tmp_path, RUN_ID, sink=refuse_to_answer)
    tell(away, RUN_ID)
    assert away.close(5) == {"sink": 4}
    taken = []
    other = artifacts().model_copy(update={"environment": "dev"})
    dev = LineageEmitter(other, NEXT, state_dir=tmp_path, product_root=tmp_path, sinks={"sink": taken.append})
    tell(dev, NEXT)
    assert dev.close(5) == {}
    assert {event["run"]["facets"].get("parent", {"run": {"runId": NEXT}})["run"]["runId"] for event in taken} == {NEXT}
    assert f"{RUN_ID}.jsonl" in spooled(tmp_path)


def test_a_sink_that_the_run_did_not_have_is_not_told_of_it(tmp_path):
    away = emitter(tmp_path, RUN_ID, late=refuse_to_answer)
    tell(away, RUN_ID)
    away.close(5)
    late, new = [], []
    emitter(tmp_path, NEXT, late=late.append, new=new.append).close(5)
    assert (len(late), new) == (4, [])


def test_what_waits_for_a_sink_that_is_no_longer_named_stays(tmp_path):
    away = emitter(tmp_path, RUN_ID, late=refuse_to_answer, good=print)
    tell(away, RUN_ID)
    away.close(5)
    emitter(tmp_path, NEXT, good=print).close(5)
    assert f"{RUN_ID}.jsonl" in spooled(tmp_path)
    late = []
    emitter(tmp_path, NEXT, late=late.append).close(5)
    assert len(late) == 4


def refuse_to_answer(event):
    raise ConnectionRefusedError("nobody there")


class Moody:
    """A sink that raises what it is told to, in turn; `taken` is what got through."""

    def __init__(self, *moods):
        self.moods, self.taken, self.asked, self.at = list(moods), [], [], []

    def __call__(self, event):
        self.asked.append(event)
        self.at.append(time.monotonic())
        mood = self.moods.pop(0) if self.moods else None
        if mood is not None:
            raise mood
        self.taken.append(event)


def test_what_fails_is_tried_again_in_its_order_with_the_same_ids(tmp_path):
    moody = Moody(ConnectionError("gone"), None, TimeoutError("slow"), OSError("odd"))
    one = emitter(tmp_path, RUN_ID, sink=moody)
    tell(one, RUN_ID)
    assert one.close(5) == {}
    assert [event["eventType"] for event in moody.taken] == ["START", "START", "COMPLETE", "COMPLETE"]
    check_states(moody.taken)
    assert moody.asked[0] == moody.asked[1]
    assert moody.asked[2] == moody.asked[3] == moody.asked[4]


def test_what_is_refused_for_good_is_set_aside_with_the_reason_and_the_rest_goes_on(tmp_path):
    moody = Moody(None, LineageRefused("400: no such facet"))
    one = emitter(tmp_path, RUN_ID, sink=moody)
    tell(one, RUN_ID)
    assert one.close(5) == {}
    assert len(moody.taken) == 3
    (report,) = one.reports
    assert (report.delivered, report.refused, report.refusal) == (3, 1, "400: no such facet")
    (line,) = events_of(spool(tmp_path) / "set_aside" / "sink.jsonl")
    assert (line["reason"], line["event"], line["run_id"]) == ("400: no such facet", moody.asked[1], RUN_ID)
    assert spooled(tmp_path) == []
    again = Moody()
    emitter(tmp_path, NEXT, sink=again).close(5)
    assert again.asked == [], "it was tried again"


def test_only_the_newest_of_what_is_set_aside_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "KEPT_SET_ASIDE", 3)
    for run_id in (RUN_ID, NEXT):
        one = emitter(tmp_path, run_id, sink=Moody(*[LineageRefused("never")] * 4))
        tell(one, run_id)
        one.close(5)
    kept = events_of(spool(tmp_path) / "set_aside" / "sink.jsonl")
    assert len(kept) == 3
    assert {line["run_id"] for line in kept} == {NEXT}


def test_a_backend_that_asks_for_time_gets_it(tmp_path):
    moody = Moody(LineageDelayed("429", retry_after=0.6))
    one = emitter(tmp_path, RUN_ID, sink=moody)
    tell(one, RUN_ID)
    assert one.close(5) == {}
    assert moody.at[1] - moody.at[0] >= 0.6


def test_a_run_does_not_wait_for_a_backend_that_asks_for_more_than_is_left(tmp_path):
    moody = Moody(LineageDelayed("429", retry_after=60))
    one = emitter(tmp_path, RUN_ID, sink=moody)
    tell(one, RUN_ID)
    began = time.monotonic()
    assert one.close(3) == {"sink": 4}
    assert time.monotonic() - began < 1
    assert len(moody.asked) == 1


def test_a_backend_that_never_answers_is_left_alone_at_the_end(tmp_path):
    one = emitter(tmp_path, RUN_ID, sink=refuse_to_answer)
    tell(one, RUN_ID)
    began = time.monotonic()
    assert one.close(3) == {"sink": 4}
    assert time.monotonic() - began < 1
    assert one.reports[0].error == "nobody there"


def test_an_event_that_is_never_taken_holds_up_its_own_run_only(tmp_path):
    def sink(event):
        if event["run"]["runId"] == RUN_ID or event["run"]["facets"].get("parent", {}).get("run") == {"runId": RUN_ID}:
            raise OSError("500 for this run")
        taken.append(event)

    taken = []
    first = emitter(tmp_path, RUN_ID, sink=sink)
    tell(first, RUN_ID)
    first.close(2)
    second = emitter(tmp_path, NEXT, sink=sink)
    tell(second, NEXT)
    assert second.close(2) == {"sink": 4}
    assert len(taken) == 4
    check_states(taken)


def test_what_does_not_fit_into_memory_is_read_from_disk_in_its_order(tmp_path, monkeypatch):
    monkeypatch.setattr(sending, "HELD", 2)
    moody, go_on = Moody(), threading.Event()

    def slow(event):
        go_on.wait(30)
        moody(event)

    one = emitter(tmp_path, RUN_ID, sink=slow)
    one.emit_start(started(RUN_ID))
    for name in ("regions", "stg_orders", "orders"):
        one.emit_start(node_started(name))
        one.emit_end(node_finished(name))
    go_on.set()
    one.emit_end(ended(RunStatus.SUCCESS, run_id=RUN_ID))
    assert one.close(5) == {}
    assert len(moody.taken) == 8
    check_states(moody.taken)


def test_the_counts_of_a_sink_outlive_its_runs(tmp_path):
    for run_id, moods in ((RUN_ID, [LineageRefused("no")]), (NEXT, [])):
        one = emitter(tmp_path, run_id, sink=Moody(*moods))
        tell(one, run_id)
        one.close(5)
    (one,) = keeping.status(tmp_path, "staging", ["sink"])
    assert (one.waiting, one.counts.sent, one.counts.set_aside) == (0, 7, 1)


def test_lineage_is_off_where_openlineage_is(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENLINEAGE_DISABLED", "True")
    taken = []
    one = emitter(tmp_path, RUN_ID, sink=taken.append)
    tell(one, RUN_ID)
    assert one.close(5) == {}
    assert taken == []
    assert not (tmp_path / "spool").exists()


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
done = folder / "spool" / "staging" / (RUN_ID + ".file.done")
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


def test_a_sink_that_takes_an_event_after_the_end_is_told_the_rest_by_the_next_run(tmp_path):
    taken, go_on = [], threading.Event()

    def slow(event):
        go_on.wait(30)
        taken.append(event)

    first = emitter(tmp_path, RUN_ID, slow=slow)
    tell(first, RUN_ID)
    assert first.close(0.1) == {"slow": 4}
    go_on.set()
    done = spool(tmp_path) / f"{RUN_ID}.slow.done"
    deadline = time.monotonic() + 10
    while done.read_text() != "0\n" and time.monotonic() < deadline:
        time.sleep(0.01)
    emitter(tmp_path, NEXT, slow=taken.append).close(5)
    assert len(taken) == 4
    check_states(taken)
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
    assert during[0] == [events]
    assert during[-1] == ([events, marks] if taken else [events])
    assert open_files() == []
