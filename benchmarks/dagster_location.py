"""Loading the code location of a product, against `import dagster` and reading the artifact's JSON.

By processor time: Dagster alone reads 2,000 files, which says more of the disk than of anybody's code.
"""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

from benchmarks.frame import Benchmark, Cost, clean_environment, process
from benchmarks.products import DAGSTER, FLOE, PYTHON, dbt_product

FLOOR = "import json, sys, dagster; json.load(open(sys.argv[1]))"
OURS = "import sys; from floe_orchestrator_dagster import floe_location; floe_location(sys.argv[1])"


@cache
def artifact(number: int) -> str:
    """The artifact of a product of so many tables, compiled once for Dagster."""
    folder = dbt_product(number, plugins=DAGSTER)
    subprocess.run([FLOE, "compile", folder], env=clean_environment(), check=True, capture_output=True)
    return str(Path(folder, "target", "compiled_artifacts.json"))


def side(code: str, number: int) -> Cost:
    return process(PYTHON, "-c", code, artifact(number))()


BENCHMARKS = [
    Benchmark(
        name=f"dagster-location-{number}",
        floor_name="python -c 'import dagster; json.load(artifact)'",
        floor=lambda number=number: side(FLOOR, number),
        ours=lambda number=number: side(OURS, number),
        limit=limit,
        by=("cpu", "wall"),
    )
    for number, limit in ((100, 1.3), (1000, float("inf")))
]
