"""`floe run` while the server is away, hangs, refuses or is overloaded: what a run costs then, and what is lost."""

from __future__ import annotations

import json
import socket
import sys
from contextlib import contextmanager

import pytest
from support.lineage_runs import Product

from floe_sdk.testing import EVENTS, Answer, Cut, Flapping, LineageServer, Slow

EXIT = 5.0
"""Seconds that a run may take longer at most, whatever the server does."""
GIVES_UP = 30
"""Seconds that a run is allowed to wait at its end, where it must not make use of them."""
KEPT = "kept on disk, not sent yet"
SEND = "`floe lineage flush`, or the next run, sends them"
LINES = [
    "",
    "| server | the run, s | longer by, s | sent by it | kept | lost | came again | what is read |",
    "|---" * 8 + "|",
]


def run(product, server_uri, *, flush=None, **config):
    """One good run with other rows; what is said, and its seconds."""
    number = product.models["orders"][1] + 1
    product.models = {"orders": ("table", number), "events": ("incremental", number)}
    product.configure({"url": server_uri, **config}, {"type": "file"}, flush=flush)
    return product.floe("run"), product.seconds


@pytest.fixture(scope="module")
def story(tmp_path_factory, shelf_site, forks):
    """One product for all faults, and the seconds of its run with a good server."""
    product = Product(tmp_path_factory.mktemp("faults") / "lake", shelf_site, forks)
    with LineageServer() as server:
        run(product, server.uri)
        output, seconds = run(product, server.uri)
        assert "lineage/openlineage" not in output
        assert product.waiting == []
        LINES.append(f"| good | {seconds:.2f} | - | {len(server.events) // 2} | 0 | 0 | 0 | nothing |")
    yield product, seconds
    sys.stdout.write("\n".join([*LINES, ""]))


@contextmanager
def silent():
    """A socket that accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def told(output):
    """The line about lineage; there is one at most, and nothing else is said of it."""
    lines = [line for line in output.splitlines() if "lineage" in line.lower()]
    assert len(lines) <= 1, output
    return lines[0].strip() if lines else "nothing"


def check(story, name, uri, server, *, reason, everything=False, flush=None):
    """Run with the fault, say what was seen, mend it, flush, and look whether all is there, once and in order.

    With `flush` a run that waited for its end would take that many seconds: whether it does is seen on a busy machine.
    """
    product, good = story
    output, seconds = run(product, uri, flush=flush)
    line, sent = told(output), len(server.events)
    waiting = sum(len(path.read_text().splitlines()) for path in product.waiting)
    assert seconds - good < (flush / 2 if flush else EXIT)
    if everything:
        assert (line, waiting) == ("nothing", 0)
    else:
        assert (KEPT in line, SEND in line, reason in line) == (True, True, True), line
        assert waiting
    server.behave()
    product.configure({"url": server.uri}, {"type": "file"})
    product.floe("lineage", "flush")
    assert product.waiting == []
    server.check()
    own = [json.loads(text) for text in (product.evidence.state / "lineage.jsonl").read_text().splitlines()]
    lost = len(own[-6:]) - sum(each in server.events for each in own[-6:])
    assert lost == 0
    took = f"{seconds:.2f} | {seconds - good:+.2f}"
    LINES.append(f"| {name} | {took} | {sent} | {6 - sent} | {lost} | {server.repeated} | {line} |")


def test_off(story, server):
    server.stop()
    uri = server.uri
    product, good = story
    output, seconds = run(product, uri, flush=GIVES_UP)
    assert "the connection was refused" in told(output)
    assert seconds - good < GIVES_UP / 2
    server.start()
    product.floe("lineage", "flush")
    assert (product.waiting, len(server.events)) == ([], 6)
    server.check()
    LINES.append(f"| off | {seconds:.2f} | {seconds - good:+.2f} | 0 | 6 | 0 | {server.repeated} | {told(output)} |")


def test_tarpit(story, server):
    with silent() as uri:
        check(story, "tarpit (accepts, says nothing)", uri, server, reason="")


def test_answers_after_too_long(story, server):
    server.misbehave(Slow(8, after=True), EVENTS, times=None)
    product, good = story
    output, seconds = run(product, server.uri, timeout=0.5)
    assert seconds - good < EXIT
    assert "no answer within 0.5 s" in told(output)
    server.behave()
    product.floe("lineage", "flush")
    server.check()
    assert (product.waiting, len(server.events)) == ([], 6)


def test_500(story, server):
    server.misbehave(Answer(500), EVENTS, times=None)
    check(story, "500", server.uri, server, reason="answers 500", flush=GIVES_UP)


def test_429_with_retry_after_that_fits(story, server):
    server.misbehave(Answer(429, headers={"Retry-After": "1"}), EVENTS)
    check(story, "429, Retry-After 1, once", server.uri, server, reason="", everything=True)


def test_429_with_retry_after_that_does_not(story, server):
    server.misbehave(Answer(429, headers={"Retry-After": "60"}), EVENTS, times=None)
    check(story, "429, Retry-After 60", server.uri, server, reason="answers 429", flush=GIVES_UP)


def test_half_closed(story, server):
    server.misbehave(Cut("after"), EVENTS, times=None)
    check(story, "takes it and cuts", server.uri, server, reason="the connection was cut")


def test_half_closed_once(story, server):
    server.misbehave(Cut("after"), EVENTS, times=2)
    check(story, "takes it and cuts, twice", server.uri, server, reason="", everything=True)


def test_dns(story, server):
    check(story, "wrong name", "https://nobody.invalid", server, reason="the name of the server is not known")


def test_flapping(story, server):
    server.misbehave(Flapping(Answer(503)), EVENTS, times=None)
    check(story, "every second answer is 503", server.uri, server, reason="", everything=True)


def test_an_event_that_the_server_refuses_is_set_aside_and_said(story, server):
    product, _ = story
    server.misbehave(Answer(422, b"no such facet"), EVENTS, after=2)
    output, _ = run(product, server.uri)
    assert "1 event refused for good" in told(output)
    assert "answers 422 (no such facet)" in told(output)
    assert "`floe lineage show --set-aside` lists them" in told(output)
    assert (product.waiting, len(server.events)) == ([], 5)
    assert "no such facet" in product.floe("lineage", "show", "--set-aside")
    requests = len(server.requests)
    product.floe("lineage", "flush")
    assert len(server.requests) == requests
