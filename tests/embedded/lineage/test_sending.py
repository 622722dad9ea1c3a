"""What a run's events survive: sinks that fail, refuse, hang or ask for time."""

import json
import threading
import time

import pytest
from support.lineage import (
    NEXT,
    RUN_ID,
    Moody,
    artifacts,
    check_states,
    emitter,
    ended,
    events_of,
    node_finished,
    node_started,
    refuse_to_answer,
    spool,
    spooled,
    started,
    tell,
)

from floe_sdk import LineageDelayed, LineageEmitter, LineageRefused, event_json
from floe_sdk.runtime.lineage import sending
from floe_sdk.schemas.events import RunStatus


def test_a_sink_that_hangs_delays_the_end_by_the_deadline_only(tmp_path):
    good = []
    first = emitter(tmp_path, RUN_ID, good=good.append, hanging=lambda event: time.sleep(600))
    tell(first, RUN_ID)
    began = time.monotonic()
    assert first.close(0.5) == {"hanging": 4}
    assert time.monotonic() - began < 5
    assert len(good) == 4


def test_what_comes_together_is_sent_together_and_the_end_waits_for_nothing(tmp_path):
    moody = Moody()
    one = emitter(tmp_path, RUN_ID, sink=moody)
    began = time.monotonic()
    one.emit_start(started())
    one.emit_start(node_started("orders"))
    while len(moody.at) < 2:
        time.sleep(0.005)
    assert moody.at[0] - began >= sending.GATHERED
    one.emit_end(node_finished("orders"))
    ended_at = time.monotonic()
    one.close(5)
    assert len(moody.at) == 3
    assert time.monotonic() - ended_at < sending.GATHERED


def test_an_event_s_text_is_made_once_for_all_who_write_it(tmp_path):
    texts = {"a": [], "b": []}
    one = emitter(
        tmp_path, RUN_ID, **{name: lambda event, to=to: to.append(event_json(event)) for name, to in texts.items()}
    )
    tell(one, RUN_ID)
    one.close(5)
    kept = (tmp_path / "lineage" / "staging" / f"{RUN_ID}.jsonl").read_text().splitlines()
    assert texts["a"] == kept
    assert all(one is other for one, other in zip(texts["a"], texts["b"], strict=True))


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
    assert one.close(20) == {"sink": 4}
    assert time.monotonic() - began < 10
    assert len(moody.asked) == 1


def test_a_backend_that_never_answers_is_left_alone_at_the_end(tmp_path):
    one = emitter(tmp_path, RUN_ID, sink=refuse_to_answer)
    tell(one, RUN_ID)
    began = time.monotonic()
    assert one.close(20) == {"sink": 4}
    assert time.monotonic() - began < 10
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


@pytest.mark.parametrize(("number", "events", "at_most"), [(60, 100, 0.5), (490, 4, 3)])
def test_what_waits_costs_the_next_run_little(tmp_path, number, events, at_most):
    """Processor time that runs add which wait for a sink that is away, and of which another has all, as a part of that
    of reading their events; what a small file costs is mostly opening it."""

    def run(last):
        began = time.process_time()
        one = emitter(tmp_path, f"01a2093d-9000-7000-8000-{last:012}", away=refuse_to_answer, good=lambda _: None)
        tell(one, one.run_id)
        one.close(5)
        return time.process_time() - began

    few = min(run(last) for last in range(3))
    first = spool(tmp_path) / "01a2093d-9000-7000-8000-000000000000.jsonl"
    text = first.read_text() * (events // 4)
    for each in range(100, 100 + number):
        path = first.with_name(f"{first.stem[:-3]}{each}.jsonl")
        path.write_text(text.replace(first.stem, path.stem))
        path.with_name(f"{path.stem}.away.done").touch()
        path.with_name(f"{path.stem}.good.done").write_text("".join(f"{line}\n" for line in range(events)))
    began = time.process_time()
    waiting = [json.loads(line) for each in spool(tmp_path).glob("*.jsonl") for line in each.read_bytes().splitlines()]
    reading = time.process_time() - began
    assert len(waiting) >= number * events
    assert min(run(last) for last in range(900, 903)) - few < reading * at_most


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
