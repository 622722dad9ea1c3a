"""Eight processes publish at once through the runtime's publish call and the REST catalog."""

from __future__ import annotations

import sys
from dataclasses import asdict

from support.forking import Forks
from support.polaris import connected
from support.polaris_given import clearing

PROCESSES, TIMES = 8, 20


def test_eight_processes_publish_twenty_times_each(target, unique, tmp_path):
    with connected(target) as catalog:
        catalog.create_namespace(unique)
    forks = Forks("floe_catalog_polaris.catalog", "support.polaris_publishing")
    arguments = (asdict(target), unique, str(tmp_path / "states"), TIMES)
    _, seconds = forks.call("support.polaris_publishing:contend", *arguments, cwd=tmp_path, processes=PROCESSES)
    forks.close()
    with connected(target) as catalog, clearing(catalog, target, unique):
        table = catalog.load_table((unique, "shared"))
        found = sorted((row["who"], row["n"]) for row in table.scan().to_arrow().to_pylist())
    assert found == [(who, n) for who in range(PROCESSES) for n in range(TIMES)]
    added = [each for each in table.snapshots() if each.summary["added-records"]]
    assert len(added) == PROCESSES * TIMES
    sys.stdout.write(
        f"\n{PROCESSES * TIMES} commits of {PROCESSES} processes to one table of Polaris: {seconds:.1f} s\n"
    )
