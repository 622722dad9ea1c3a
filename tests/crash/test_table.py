"""`make test-crash`: kill -9 at every fault point and at 20 random times of real runs of dbt, as a table."""

from __future__ import annotations

import os
import random
import sys
import time

import pytest
from support.forking import Forks
from support.killing import HEAD, MODULES, Crashes, Laptop

from floe_sdk.runtime.recovery.faults import POINTS

RANDOM_TIMES = 20
NODE_STARTED = '"shop.shop.'


@pytest.fixture(scope="module")
def crashes(tmp_path_factory):
    with Forks(*MODULES) as forks:
        made = Crashes(Laptop(tmp_path_factory.mktemp("crash") / "lake"), forks)
        yield made
        sys.stdout.write("\n".join(["", *HEAD, *made.lines, ""]))
        made.check_twin(Laptop(tmp_path_factory.mktemp("twin") / "lake"))


@pytest.mark.parametrize("name", ["orders", "events"])
@pytest.mark.parametrize("point", [point for point in POINTS if point != "during-flush"])
def test_every_point(crashes, point, name):
    crashes.killed(f"{point}, {name}", FLOE_FAULT=f"{point}:{name}")


def test_while_flushing(crashes):
    crashes.killed("during-flush, lineage", FLOE_FAULT="during-flush:lineage")


def test_random_times(crashes):
    seed = int(os.environ.get("FLOE_TEST_SEED", time.time()))
    crashes.lines.append(f"| random times, FLOE_TEST_SEED={seed} | | | | | |")
    numbers = random.Random(seed)
    first_node = (str(crashes.evidence.state), "spool/*/*.jsonl", NODE_STARTED)
    for _ in range(RANDOM_TIMES):
        after = numbers.uniform(0, crashes.seconds)
        what = f"{after:.2f} s after the first node's start, of {crashes.seconds:.2f}"
        crashes.case(what, kill_after=after, kill_from=first_node)
    died = sum("| killed |" in line for line in crashes.lines[-RANDOM_TIMES:])
    assert died >= RANDOM_TIMES // 2, "hardly a run was killed: the moment to count from was not seen"
