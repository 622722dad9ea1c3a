"""`floe compile` of a dbt project of 1,000 models, against `dbt parse` in process.

The limits hold against dbt in the same state of its caches; how an edited and a cold compile compare with a `dbt parse`
that has nothing to do is shown beside them, without a limit.
"""

from __future__ import annotations

import itertools
import shutil
from functools import cache
from math import inf
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


def prepared(command: tuple[str, ...], caches: list[Path], state: str) -> Cost:
    """The cost of the command in that state of its own caches; the other side's are left alone."""
    if state == "cold":
        for cached in caches:
            shutil.rmtree(cached, ignore_errors=True)
    else:
        process(*command)()  # the other side may have edited since
    if state == "edited":
        with (product() / "models" / "model_500.sql").open("a") as file:
            file.write(f"-- edit {next(_edits)}\n")
    return process(*command)()


def parse(state: str) -> Side:
    def run() -> Cost:
        plain = product().parent / "plain"
        return prepared((PYTHON, "-c", PARSE, str(product()), str(plain)), [plain / "target"], state)

    return run


def compiled(state: str) -> Side:
    def run() -> Cost:
        folder = product()
        return prepared((FLOE, "compile", str(folder)), [folder / ".floe", folder / "target"], state)

    return run


WARM = "dbt parse, nothing changed"


BENCHMARKS = [
    Benchmark("compile-dbt-warm", WARM, parse("warm"), compiled("warm"), limit=0.2),
    Benchmark(
        "compile-dbt-edited", "dbt parse, the same edit", parse("edited"), compiled("edited"), limit=1.15, allowance=0.5
    ),
    Benchmark("compile-dbt-cold", "dbt parse, no caches", parse("cold"), compiled("cold"), limit=1.15, allowance=0.5),
    *(
        Benchmark(f"compile-dbt-{state}-against-warm", WARM, parse("warm"), compiled(state), limit=inf, rounds=3)
        for state in ("edited", "cold")
    ),
]
