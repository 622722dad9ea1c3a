"""`make test-crash`: kill -9 at every fault point and at 20 random times of real runs of dbt, as a table."""

from __future__ import annotations

import os
import random
import signal
import sys
import time

import pytest
from support.crashing import Evidence
from support.forking import Forks
from support.products import make_product, write_files

from floe_sdk.runtime.faults import POINTS

RANDOM_TIMES = 20
HEAD = (
    "| killed at | the process | tables, by bare PyIceberg | open STARTs | orphan files | after the next run |",
    "|---|---|---|---|---|---|",
)
FILES = {
    "models/orders.sql": """
        select o.id * 10000 + n.range as id, name, amount + n.range as amount
        from {{ ref('stg_orders') }} o join {{ ref('regions') }} using (region), range(10000) n
    """,
    "models/events.sql": """
        {{ config(materialized='incremental') }}
        select id, amount from {{ ref('stg_orders') }}
        {% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}
    """,
    "models/latest.sql": """
        {{ config(materialized='incremental', unique_key='region') }}
        select region, max(id) as id from {{ ref('stg_orders') }} group by region
    """,
}
NODE_STARTED = '"name":"shop.shop.'
MODULES = ("dbt.cli.main", "dbt.adapters.floe", "dbt.adapters.duckdb.impl", "duckdb", "floe_transform_dbt.run")


class Crashes:
    """One product, another generation of its raw file for every case, and the lines of the table."""

    def __init__(self, folder, forks):
        self.root = make_product(folder, files=FILES)
        self.evidence = Evidence(folder, self.root)
        self.forks = forks
        self.generation = 0
        self.lines = []
        self.next()
        for _ in range(2):
            self.good_run()
        self.seconds = self.evidence.seconds_from_first_node()

    def next(self):
        self.generation += 1
        rows = [f"{number},{number % 2 + 1},{number * self.generation}" for number in range(1, self.generation + 3)]
        write_files(self.root, {"raw/orders.csv": "\n".join(["id,region,amount", *rows, ""])})

    def run(self, **options):
        return self.forks.run("run", cwd=self.root, **options)

    def good_run(self):
        code, output, _ = self.run()
        assert code == 0, output
        return output

    def case(self, what, **options):
        """Kill one run, look, run again, look."""
        evidence = self.evidence
        before = evidence.tables()
        self.next()
        status, output, _ = self.run(**options)
        seen, dead = evidence.tables(), evidence.open_starts()
        orphans = len(evidence.unreferred())
        assert set(seen) >= set(before)
        output = self.good_run()
        after = evidence.tables()
        new = [name for name in seen if seen[name] != before.get(name)]
        assert all(seen[name] in (before.get(name), after[name]) for name in seen)
        assert evidence.unreferred() == []
        assert (evidence.journals(), evidence.private()) == ([], [])
        evidence.check_lineage()
        killed = status == -signal.SIGKILL
        assert ("had been killed" in output) >= bool(dead and killed)
        state = f"{len(new)} of {len(after)} new" if new else "all old"
        how = "killed" if killed else f"had ended ({status})"
        self.lines.append(f"| {what} | {how} | {state} | {len(dead)} | {orphans} | equal, 0 |")

    def check_twin(self, folder):
        twin = make_product(folder, files={**FILES, "raw/orders.csv": (self.root / "raw/orders.csv").read_text()})
        code, output, _ = self.forks.run("run", cwd=twin)
        assert code == 0, output
        undisturbed = Evidence(folder, twin).tables()
        mine = self.evidence.tables()
        assert {name: rows for name, rows in mine.items() if name != "events"} == {
            name: rows for name, rows in undisturbed.items() if name != "events"
        }
        assert [row["id"] for row in mine["events"]] == [row["id"] for row in undisturbed["events"]]


@pytest.fixture(scope="module")
def crashes(tmp_path_factory):
    with Forks(*MODULES) as forks:
        made = Crashes(tmp_path_factory.mktemp("crash") / "lake", forks)
        yield made
        sys.stdout.write("\n".join(["", *HEAD, *made.lines, ""]))
        made.check_twin(tmp_path_factory.mktemp("twin") / "lake")


@pytest.mark.parametrize("name", ["orders", "events"])
@pytest.mark.parametrize("point", [point for point in POINTS if point != "during-flush"])
def test_every_point(crashes, point, name):
    crashes.case(f"{point}, {name}", FLOE_FAULT=f"{point}:{name}")
    assert "| killed |" in crashes.lines[-1]


def test_while_flushing(crashes):
    crashes.case("during-flush, lineage", FLOE_FAULT="during-flush:lineage")
    assert "| killed |" in crashes.lines[-1]


def test_random_times(crashes):
    seed = int(os.environ.get("FLOE_TEST_SEED", time.time()))
    crashes.lines.append(f"| random times, FLOE_TEST_SEED={seed} | | | | | |")
    numbers = random.Random(seed)
    first_node = (str(crashes.evidence.state), "spool/*.jsonl", NODE_STARTED)
    for _ in range(RANDOM_TIMES):
        after = numbers.uniform(0, crashes.seconds)
        what = f"{after:.2f} s after the first node's start, of {crashes.seconds:.2f}"
        crashes.case(what, kill_after=after, kill_from=first_node)
