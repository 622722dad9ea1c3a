"""A backend for traces that is away, silent, or out of its mind: what a run pays for it, loses, and says."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import statistics
from pathlib import Path

import pytest
from support.commands import floe
from support.otlp import Flapping, OtlpServer
from support.products import make_product, manifest_text

from floe_sdk.testing import Answer, Calls, Cut

TRACES = Calls("POST", "/v1/traces")
LAST_NODE = " totals "
EXIT_SECONDS = 5.0
REPORT = os.environ.get("FLOE_TEST_REPORT")
"""A file for the rows of a table, which cost more runs."""


def refused(server):
    server.stop()
    return server.uri, contextlib.nullcontext()


def tarpit(_server):
    listening = socket.create_server(("127.0.0.1", 0))
    return f"http://127.0.0.1:{listening.getsockname()[1]}", contextlib.closing(listening)


def failing(server):
    server.misbehave(Answer(500), times=None)
    return server.uri, contextlib.nullcontext()


def busy(server):
    server.misbehave(Answer(429, headers={"Retry-After": "1"}), times=2)
    return server.uri, contextlib.nullcontext()


def half_closed(server):
    server.misbehave(Cut("after"), TRACES, times=2)
    return server.uri, contextlib.nullcontext()


def no_such_host(_server):
    return "http://collector.invalid:4318", contextlib.nullcontext()


def flapping(server):
    return server.uri, Flapping(server, 0.4)


def well(server):
    return server.uri, contextlib.nullcontext()


FAULTS = {
    "well": (well, "", False),
    "refused": (refused, "refused the connection", True),
    "tarpit": (tarpit, "in time|no answer within", True),
    "500": (failing, "answers HTTP 500", True),
    "429, Retry-After": (busy, "", False),
    "half-closed": (half_closed, "", False),
    "no such host": (no_such_host, "no such host|can't be reached", True),
    "flapping": (flapping, None, None),
}
"""How the backend is, what a user reads, and whether all spans are lost; None: as it comes."""


@pytest.fixture(scope="module")
def off(tmp_path_factory):
    """A run without telemetry."""
    shop = make_product(tmp_path_factory.mktemp("off"), manifest=manifest("{enabled: false}"))
    floe("run", cwd=shop)
    return floe("run", cwd=shop)


def manifest(tracing):
    return manifest_text().replace("tracing: {exporter: file}", f"tracing: {tracing}")


def report(**row):
    if REPORT:
        with Path(REPORT).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def without_telemetry(shop):
    """A run of the same product with all off, to compare with: only for a report, of which the first one warms."""
    return [floe("run", cwd=shop, OTEL_SDK_DISABLED="true") for _ in range(4 if REPORT else 0)][1:]


def report_run(name, done, others, **counts):
    if not REPORT:
        return
    usual = {what: statistics.median(getattr(one, what) for one in others) for what in ("seconds", "cpu")}
    extra = {f"extra_{what}": round(getattr(done, what) - usual[what], 2) for what in usual}
    exit_delay = done.after(LAST_NODE) - statistics.median(one.after(LAST_NODE) for one in others)
    report(backend=name, **extra, exit_delay=round(exit_delay, 2), **counts, code=done.code, read=done.error.strip())


@pytest.mark.parametrize("name", FAULTS)
def test_a_run_goes_its_way_and_says_what_was_lost(name, off, tmp_path):
    arrange, reading, all_lost = FAULTS[name]
    with OtlpServer() as server:
        endpoint, meanwhile = arrange(server)
        tracing = f"{{exporter: otlp, endpoint: '{endpoint}', protocol: http}}"
        shop = make_product(tmp_path, manifest=manifest(tracing))
        others = without_telemetry(shop)
        with meanwhile:
            done = floe("run", cwd=shop)
        ids = server.span_ids
    said = re.search(r"did not take (\d+) of (\d+) spans", done.error)
    lost, made = (int(said.group(1)), int(said.group(2))) if said else (0, len(set(ids)))
    report_run(name, done, others, made=made, lost=lost, duplicates=len(ids) - len(set(ids)))

    assert done.code == off.code == 0, "the exit code is the run's own"
    assert done.after(LAST_NODE) - off.after(LAST_NODE) < EXIT_SECONDS
    lines = done.error.splitlines()
    assert len(lines) <= 1, "one line, not a page of them"
    if reading is not None:
        assert bool(lines) == bool(reading)
        assert re.search(reading, done.error)
        assert lost == (made if all_lost else 0)
    assert len(set(ids)) >= made - lost, "what is not counted as lost has arrived"


@pytest.mark.parametrize("name", ["refused", "tarpit", "no such host"])
def test_a_compile_with_a_dead_backend_does_not_wait_for_it(name, tmp_path):
    with OtlpServer() as server:
        endpoint, meanwhile = FAULTS[name][0](server)
        tracing = f"{{exporter: otlp, endpoint: '{endpoint}', protocol: http}}"
        shop = make_product(tmp_path, manifest=manifest(tracing))
        floe("compile", cwd=shop)
        with meanwhile:
            pairs = [(floe("compile", cwd=shop), floe("compile", cwd=shop, OTEL_SDK_DISABLED="true")) for _ in range(5)]
    extra = sorted(dead.seconds - alive.seconds for dead, alive in pairs)
    report(compile=name, extra=[round(each, 2) for each in extra])
    assert extra[2] < EXIT_SECONDS
    assert {dead.code for dead, _ in pairs} == {0}
    assert {len(dead.error.splitlines()) for dead, _ in pairs} == {1}
