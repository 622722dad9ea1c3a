"""Two hundred more packages with plugins, some of them broken, against none: what the listing and every start cost."""

from __future__ import annotations

import atexit
import sys
import tempfile
from functools import cache
from pathlib import Path

from benchmarks.frame import Benchmark, Cost, Side, clean_environment, process

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.crowd import install_crowd
from support.packages import Site

FLOOR = "import click; from importlib.metadata import entry_points; entry_points()"
FLOE = str(Path(sys.executable).with_name("floe"))
ROUNDS = 15  # a tenth of a second each


@cache
def crowd() -> str:
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    install_crowd(Site(Path(folder.name)))
    return folder.name


def among_them(*command: str) -> Side:
    """The process, with the packages on its path."""

    def run() -> Cost:
        return process(*command, environment={**clean_environment(), "PYTHONPATH": crowd()})()

    return run


BENCHMARKS = [
    Benchmark(
        name="plugins-list-200",
        floor_name="`floe plugins list` without the 200 packages",
        floor=process(FLOE, "plugins", "list"),
        ours=among_them(FLOE, "plugins", "list"),
        limit=1.5,
        rounds=ROUNDS,
    ),
    Benchmark(
        name="plugins-list-200-floor",
        floor_name="python -c 'import click; entry_points()' with them",
        floor=among_them(sys.executable, "-c", FLOOR),
        ours=among_them(FLOE, "plugins", "list"),
        limit=1.3,
        rounds=ROUNDS,
    ),
    Benchmark(
        name="start-200",
        floor_name="`floe --version` without the 200 packages",
        floor=process(FLOE, "--version"),
        ours=among_them(FLOE, "--version"),
        limit=1.5,
        rounds=ROUNDS,
    ),
]
