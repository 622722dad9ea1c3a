"""`floe compile` of a dbt project of 1,000 models, against `dbt parse` in process in the same state of its caches."""

from __future__ import annotations

import itertools
import shutil
from functools import cache
from typing import TYPE_CHECKING

from benchmarks.frame import Benchmark, Cost, Side, process
from benchmarks.products import FLOE, PYTHON, dbt_product

if TYPE_CHECKING:
    from pathlib import Path

MODELS = 1_000
PARSE = """
import sys
from dbt.cli.main import dbtRunner
project, folder = sys.argv[1:]
result = dbtRunner().invoke(["--quiet", "parse", "--project-dir", project, "--profiles-dir", folder,
                             "--target-path", f"{folder}/target", "--log-path", f"{folder}/logs"])
sys.exit(not result.success)
"""
_edits = itertools.count()


@cache
def product() -> Path:
    return dbt_product(MODELS)


def side(command: tuple[str, ...], prepare: str) -> Side:
    def run() -> Cost:
        folder = product()
        plain = folder.parent / "plain"
        if prepare == "cold":
            for cached in (folder / ".floe", folder / "target", plain / "target"):
                shutil.rmtree(cached, ignore_errors=True)
        elif prepare == "edited":
            process(*command)()
            with (folder / "models" / "model_500.sql").open("a") as file:
                file.write(f"-- edit {next(_edits)}\n")
        return process(*command)()

    return run


def parse(prepare: str) -> Side:
    def run() -> Cost:
        plain = product().parent / "plain"
        return side((PYTHON, "-c", PARSE, str(product()), str(plain)), prepare)()

    return run


def compiled(prepare: str) -> Side:
    def run() -> Cost:
        return side((FLOE, "compile", str(product())), prepare)()

    return run


BENCHMARKS = [
    Benchmark("compile-dbt-warm", "dbt parse, nothing changed", parse("warm"), compiled("warm"), limit=0.2),
    Benchmark(
        "compile-dbt-edited", "dbt parse, the same edit", parse("edited"), compiled("edited"), limit=1.15, allowance=0.5
    ),
    Benchmark("compile-dbt-cold", "dbt parse, no caches", parse("cold"), compiled("cold"), limit=1.15, allowance=0.5),
]
