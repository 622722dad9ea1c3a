"""kill -9 at 20 points of real runs: after the next run and `floe lineage flush` every START has its one end.

A strict server is the judge: it holds every event against the spec and the order of its run.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time

import pytest
from support.crashing import ENGINE, PLUGINS
from support.forking import Forks
from support.lineage_runs import Product
from support.packages import Site

from floe_sdk.runtime.recovery.faults import POINTS
from floe_sdk.testing import EVENTS, LineageServer, Slow

RANDOM_TIMES = 5
HEAD = ("killed at", "taken before", "open STARTs then", "ABORTs", "events, STARTs = ends", "came again")
LINES = ["", f"| {' | '.join(HEAD)} |", "|---" * len(HEAD) + "|"]


@pytest.fixture(scope="module")
def crashes(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site"))
    site.install("shelf-engine", ENGINE, plugins=PLUGINS)
    with LineageServer() as server, Forks("floe_lineage_openlineage.sending_http", path=[site.folder]) as forks:
        product = Product(tmp_path_factory.mktemp("lineage") / "lake", site, forks)
        product.configure({"url": server.uri}).floe("run")
        yield product, server
    sys.stdout.write("\n".join([*LINES, ""]))


def killed(crashes, what, *, must_die=True, **options):
    product, server = crashes
    before, again = len(server.events), server.repeated
    number = product.models["orders"][1] + 1
    product.models = {"orders": ("table", number), "events": ("incremental", number)}
    product.configure({"url": server.uri})
    status, output, _ = product.forks.run("run", cwd=product.shelf.product, **options)
    assert status == -signal.SIGKILL or not must_die, output
    taken, dead = len(server.events) - before, len(product.evidence.open_starts())
    server.behave()
    product.floe("run")
    product.floe("lineage", "flush")
    server.check()
    assert (product.waiting, product.evidence.open_starts()) == ([], [])
    new = server.events[before:]
    starts = [each["run"]["runId"] for each in new if each["eventType"] == "START"]
    ends = [each["run"]["runId"] for each in new if each["eventType"] != "START"]
    assert sorted(starts) == sorted(ends)
    assert len(set(starts)) == len(starts)
    aborts = sum(each["eventType"] == "ABORT" for each in new)
    assert aborts == (dead if status == -signal.SIGKILL else 0)
    counts = f"{len(new)}, {len(starts)} = {len(ends)} | {server.repeated - again}"
    LINES.append(f"| {what} | {taken} | {dead} | {aborts} | {counts} |")
    return status


@pytest.mark.parametrize("name", ["orders", "events"])
@pytest.mark.parametrize("point", [point for point in POINTS if point != "during-flush"])
def test_every_point(crashes, point, name):
    killed(crashes, f"{point}, {name}", FLOE_FAULT=f"{point}:{name}")


def test_while_flushing(crashes):
    killed(crashes, "during-flush, lineage", FLOE_FAULT="during-flush:lineage")


def test_random_times_while_events_are_sent(crashes):
    product, server = crashes
    seed = int(os.environ.get("FLOE_TEST_SEED", time.time()))
    LINES.append(f"| random times, FLOE_TEST_SEED={seed}, a server that takes 0.1 s for each | | | | | |")
    numbers = random.Random(seed)
    statuses = []
    for _ in range(RANDOM_TIMES):
        server.misbehave(Slow(0.1, after=numbers.random() < 0.5), EVENTS, times=None)
        after = numbers.uniform(0, 0.6)
        first = (str(product.evidence.state), "spool/*/*.jsonl", '"START"')
        what = f"{after:.2f} s after the first START"
        statuses.append(killed(crashes, what, must_die=False, kill_after=after, kill_from=first))
    assert -signal.SIGKILL in statuses, "no run was killed: the moment to count from was not seen"
