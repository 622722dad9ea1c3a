"""`floe plugins list` against the least that any such command costs."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.frame import Benchmark, process

FLOOR = "import click; from importlib.metadata import entry_points; entry_points()"
FLOE = Path(sys.executable).with_name("floe")

BENCHMARKS = [
    Benchmark(
        name="plugins-list",
        floor_name="python -c 'import click; entry_points()'",
        floor=process(sys.executable, "-c", FLOOR),
        ours=process(str(FLOE), "plugins", "list"),
        limit=1.3,
        rounds=15,  # a tenth of a second each: more of them cost little and quieten the noise
    )
]
