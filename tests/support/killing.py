"""kill -9 of real runs of dbt: one product through many runs, wherever its tables are, and what must be true then."""

from __future__ import annotations

import signal

from support.crashing import Evidence
from support.products import make_product, write_files

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
MODULES = ("dbt.cli.main", "dbt.adapters.floe", "dbt.adapters.duckdb.impl", "duckdb", "floe_transform_dbt.run")
"""What a warm process of `support.forking` has imported for them."""

HEAD = (
    "| killed at | the process | tables, by bare PyIceberg | open STARTs | orphan files | after the next run |",
    "|---|---|---|---|---|---|",
)


class Laptop:
    """Where a product and its tables are: below one folder of this machine. `environment` is what its runs need."""

    def __init__(self, folder, files=FILES):
        self.product = make_product(folder, files=files)
        self.evidence = Evidence(folder, self.product)
        self.environment = {}


class Crashes:
    """One product, another generation of its raw file for every case, and the lines of the table."""

    def __init__(self, place, forks):
        self.root, self.evidence, self.environment = place.product, place.evidence, place.environment
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
        return self.forks.run("run", cwd=self.root, **self.environment, **options)

    def good_run(self):
        code, output, _ = self.run()
        assert code == 0, output
        return output

    def case(self, what, **options):
        """Kill one run, look, run again, look; returns the names of the tables that the killed run had published."""
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
        assert not (left := evidence.unreferred()), f"{left}\n{output}"
        still = (evidence.journals(), evidence.private(), evidence.open_starts())
        assert still == ([], [], []), f"{still}\n{output}"
        evidence.check_lineage()
        killed = status == -signal.SIGKILL
        assert ("had been killed" in output) >= bool(dead and killed)
        state = f"{len(new)} of {len(after)} new" if new else "all old"
        how = "killed" if killed else f"had ended ({status})"
        self.lines.append(f"| {what} | {how} | {state} | {len(dead)} | {orphans} | equal, 0 |")
        return new

    def killed(self, what, **options):
        """A `case` whose run must have died of it."""
        new = self.case(what, **options)
        assert "| killed |" in self.lines[-1], self.lines[-1]
        return new

    def check_twin(self, twin):
        """The tables are those of `twin`, a place of the same product, after one run that nothing disturbs.

        An appended row keeps the amount of the generation that it came with.
        """
        write_files(twin.product, {"raw/orders.csv": (self.root / "raw/orders.csv").read_text()})
        code, output, _ = self.forks.run("run", cwd=twin.product, **twin.environment)
        assert code == 0, output
        mine, undisturbed = self.evidence.tables(), twin.evidence.tables()
        assert [row["id"] for row in mine.pop("events")] == [row["id"] for row in undisturbed.pop("events")]
        assert mine == undisturbed
