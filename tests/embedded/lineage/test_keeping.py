"""What is kept of a run's events, how much of it, and how it is counted."""

import json
import os
import time

from support.lineage import NEXT, RUN_ID, Moody, check_states, emitter, events_of, spool, spooled, tell

from floe_sdk import LineageRefused
from floe_sdk.runtime.lineage import keeping

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


def test_only_the_newest_of_what_is_set_aside_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "KEPT_SET_ASIDE", 3)
    for run_id in (RUN_ID, NEXT):
        one = emitter(tmp_path, run_id, sink=Moody(*[LineageRefused("never")] * 4))
        tell(one, run_id)
        one.close(5)
    kept = events_of(spool(tmp_path) / "set_aside" / "sink.jsonl")
    assert len(kept) == 3
    assert {line["run_id"] for line in kept} == {NEXT}


def test_the_counts_of_a_sink_outlive_its_runs(tmp_path):
    for run_id, moods in ((RUN_ID, [LineageRefused("no")]), (NEXT, [])):
        one = emitter(tmp_path, run_id, sink=Moody(*moods))
        tell(one, run_id)
        one.close(5)
    (one,) = keeping.status(tmp_path, "staging", ["sink"])
    assert (one.waiting, one.counts.sent, one.counts.set_aside) == (0, 7, 1)
