"""One sink: when it sends, what it drops, and how it ends."""

import threading
import time

import pytest

from floe_sdk.observability.sinks import LOGS, METRICS, SPANS, Limits, Sink


def wait_until(check, seconds=5.0):
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def within(seconds):
    return time.monotonic() + seconds


@pytest.fixture
def sink_of():
    made = []

    def make(exports, close=lambda: None, **limits):
        made.append(Sink("telemetry/test", exports, close, Limits(**{"first": 0.01, "delay": 0.01, **limits})))
        return made[-1]

    yield make
    for sink in made:
        sink.close()


def test_what_is_put_is_sent_by_and_by_without_a_flush(sink_of):
    got = []
    sink = sink_of({SPANS: got.extend})
    for number in range(3):
        sink.put(SPANS, number)
        wait_until(lambda: len(got) == number + 1)  # noqa: B023 - called at once
    assert got == [0, 1, 2]


def test_one_thread_sends_all_signals_in_batches(sink_of):
    threads, batches = set(), []

    def export(signal):
        def call(items):
            threads.add(threading.current_thread().name)
            batches.append((signal, len(items)))

        return call

    sink = sink_of({SPANS: export(SPANS), LOGS: export(LOGS)}, batch=10, first=30, delay=30)
    for number in range(12):
        sink.put(SPANS, number)
        sink.put(LOGS, number)
    assert sink.flush(within(5))
    assert threads == {"floe telemetry/test"}
    assert sum(size for signal, size in batches if signal == SPANS) == 12
    assert max(size for _, size in batches) <= 10


def test_a_full_queue_lets_go_of_the_oldest_and_never_waits(sink_of):
    release, got = threading.Event(), []

    def export(items):
        release.wait(30)
        got.extend(items)

    sink = sink_of({SPANS: export}, queue=5, batch=1)
    sink.put(SPANS, 0)
    wait_until(lambda: sink.depth == 1 and not sink._queue)
    began = time.monotonic()
    for number in range(1, 101):
        sink.put(SPANS, number)
    assert time.monotonic() - began < 5
    assert (sink.depth, sink.dropped) == (6, 95)
    release.set()
    assert sink.flush(within(5))
    assert got == [0, 96, 97, 98, 99, 100], "the end of a run is kept"


def test_what_is_on_its_way_at_the_end_is_counted_as_waiting(sink_of):
    release = threading.Event()
    sink = sink_of({SPANS: lambda _: release.wait(30)}, batch=2)
    for number in range(5):
        sink.put(SPANS, number)
    began = time.monotonic()
    assert not sink.flush(within(0.3))
    assert time.monotonic() - began < 5
    state = sink.close()
    assert state.waiting == {SPANS: 5}
    sink.put(SPANS, 6)
    release.set()


def test_failures_are_counted_with_the_first_reason_and_what_an_error_knows_of_its_part(sink_of):
    class PartlyError(Exception):
        lost = 1

    errors = iter([OSError("first\n  line"), PartlyError("one was refused"), None])

    def export(_):
        if error := next(errors):
            raise error

    sink = sink_of({SPANS: export}, batch=3, first=30, delay=30)
    for number in range(9):
        sink.put(SPANS, number)
    assert sink.flush(within(5))
    state = sink.close()
    assert (state.counts[SPANS].delivered, state.counts[SPANS].failed) == (5, 4)
    assert state.error == "first line"


def test_metrics_are_collected_at_each_interval_and_at_the_end(sink_of):
    sent = []
    sink = sink_of({METRICS: sent.append, SPANS: lambda _: None}, interval=0.05)
    sink.collect = lambda: (2, f"metrics {len(sent)}")
    sink.put(SPANS, 1)
    wait_until(lambda: len(sent) >= 2)
    before = len(sent)
    assert sink.flush(within(5))
    assert len(sent) > before
    assert sink.close().counts[METRICS].delivered == 2, "they are sums: the last ones count"


def test_the_thread_ends_and_lets_the_exporters_go(sink_of):
    closed = threading.Event()
    sink = sink_of({SPANS: lambda _: None}, closed.set)
    sink.put(SPANS, 1)
    thread = next(each for each in threading.enumerate() if each.name == "floe telemetry/test")
    assert sink.flush(within(5))
    sink.close()
    thread.join(5)
    assert not thread.is_alive()
    assert closed.is_set()


def test_exporters_of_a_sink_without_anything_to_send_are_never_called(sink_of):
    sink = sink_of({SPANS: lambda _: 1 / 0})
    assert sink.flush(within(1))
    assert not sink.close().counts[SPANS].failed


def test_openTelemetrys_variables_say_how_much_is_held(monkeypatch):  # noqa: N802 - a name
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "7")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "250")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "many")
    monkeypatch.setenv("OTEL_METRIC_EXPORT_INTERVAL", "1000")
    limits = Limits.from_environment()
    assert (limits.queue, limits.delay, limits.batch, limits.interval) == (7, 0.25, Limits().batch, 1.0)
