import gc
import threading
import time

import pytest

from floe_sdk import Deliveries, redactor


def reports(deliveries, timeout=5.0):
    return {report.name: report for report in deliveries.flush(timeout)}


def test_every_listener_gets_everything_in_order_on_its_own_thread():
    heard = {"a": [], "b": []}
    threads = {}

    def listener(name):
        def listen(number, *, extra):
            heard[name].append((number, extra))
            threads.setdefault(name, set()).add(threading.get_ident())

        return listen

    deliveries = Deliveries({name: listener(name) for name in heard})
    for number in range(200):
        deliveries.send(number, extra="x")
    found = reports(deliveries)
    assert heard["a"] == heard["b"] == [(number, "x") for number in range(200)]
    assert all(len(one) == 1 for one in threads.values())
    assert threads["a"] != threads["b"]
    assert found["a"].complete
    assert found["a"].delivered == 200


def test_one_that_raises_is_counted_logged_once_and_goes_on(caplog):
    def listen(number):
        if number != 3:
            raise SystemExit("planted-in-a-listener")

    redactor.add("planted-in-a-listener")
    deliveries = Deliveries({"bad": listen})
    for number in range(5):
        deliveries.send(number)
    report = reports(deliveries)["bad"]
    assert (report.delivered, report.failed, report.pending) == (1, 4, 0)
    assert report.error == "SystemExit: ***"
    assert len(caplog.records) == 1
    assert "planted" not in caplog.text


def test_one_that_hangs_delays_nobody_and_the_flush_keeps_its_deadline():
    release = threading.Event()
    heard = []
    deliveries = Deliveries(
        {"hangs": lambda _: release.wait(30), "slow": lambda _: release.wait(30), "fine": heard.append}
    )
    for number in range(3):
        deliveries.send(number)
    start = time.monotonic()
    found = reports(deliveries, 2)
    assert time.monotonic() - start < 3.5  # one deadline for all, not one each
    assert (found["hangs"].pending, found["slow"].pending, found["fine"].pending) == (3, 3, 0)
    assert heard == [0, 1, 2]
    release.set()
    assert reports(deliveries)["hangs"].complete


def test_a_full_queue_drops_counts_and_never_waits(caplog):
    release = threading.Event()
    deliveries = Deliveries({"hangs": lambda _: release.wait(30)}, capacity=2)
    start = time.monotonic()
    for number in range(50):
        deliveries.send(number)
    assert time.monotonic() - start < 10
    release.set()
    report = reports(deliveries)["hangs"]
    assert report.delivered + report.dropped == 50
    assert report.delivered in {2, 3}
    assert len(caplog.records) == 1


def test_nothing_to_send_or_nobody_to_hear_is_fine():
    assert Deliveries({}).flush(1) == []
    assert reports(Deliveries({"a": print}))["a"].complete


def threads(name):
    return [each for each in threading.enumerate() if each.name == f"floe {name}"]


@pytest.mark.parametrize("end", ["close", "forgotten"])
def test_threads_end_after_what_is_queued(end):
    heard, slow = [], threading.Event()

    def listen(number):
        slow.wait(0.05)
        heard.append(number)

    deliveries = Deliveries({"once": listen})
    for number in range(5):
        deliveries.send(number)
    (thread,) = threads("once")
    if end == "close":
        deliveries.close()
        deliveries.send(6)
        assert reports(deliveries)["once"].dropped == 1
    del deliveries
    gc.collect()
    thread.join(5)
    assert not thread.is_alive()
    assert heard == [0, 1, 2, 3, 4]


def test_a_thread_with_a_full_queue_ends_too():
    release = threading.Event()
    deliveries = Deliveries({"full": lambda _: release.wait(30)}, capacity=1)
    for number in range(3):
        deliveries.send(number)
    (thread,) = threads("full")
    deliveries.close()
    release.set()
    thread.join(5)
    assert not thread.is_alive()
