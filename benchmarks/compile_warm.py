"""`floe compile` of customer-360 with a known graph, against a process that imports what no compile can do without."""

from __future__ import annotations

import atexit
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

from benchmarks.frame import Benchmark, Cost, process

DEMO = Path(__file__).parents[1] / "demo"
FLOE = Path(sys.executable).with_name("floe")
FLOOR = """
import click, yaml, pydantic, opentelemetry.sdk.trace
class Model(pydantic.BaseModel):
    name: str
Model(name="x")
"""


@cache
def product() -> Path:
    """A copy of the demo; the first compile, which reads dbt's graph, is the one that warms up."""
    folder = Path(tempfile.mkdtemp(prefix="floe-bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    ignored = shutil.ignore_patterns("target", ".floe", "logs", "raw")
    return shutil.copytree(DEMO, folder / "demo", ignore=ignored) / "customer-360"


def compile_warm() -> Cost:
    return process(str(FLOE), "compile", str(product()))()


BENCHMARKS = [
    Benchmark(
        name="compile-warm",
        floor_name="python -c 'import click, yaml, pydantic, opentelemetry.sdk.trace; one model'",
        floor=process(sys.executable, "-c", FLOOR),
        ours=compile_warm,
        limit=1.5,
        allowance=0.4,
    )
]
