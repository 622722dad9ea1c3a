"""`floe run` of 100 models, against plain `dbt build` and bare PyIceberg that commits the same 100 files."""

from __future__ import annotations

import math
import shutil
from functools import cache
from typing import TYPE_CHECKING

from benchmarks.frame import Benchmark, Cost, pairs_of_one_process, process
from benchmarks.products import FLOE, OBSERVED, PYTHON, dbt_product

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MODELS = 100
PAIRS = 15
"""Of the runs with and without observability, which differ by less than a single pair of them can tell."""
PLAIN = """
import glob, os, shutil, sys
from dbt.cli.main import dbtRunner
project, folder, files = sys.argv[1:]
result = dbtRunner().invoke(["--quiet", "build", "--project-dir", project, "--profiles-dir", folder,
                             "--target-path", f"{folder}/target", "--log-path", f"{folder}/logs"])
assert result.success
from pyiceberg.catalog.sql import SqlCatalog
import pyarrow.parquet
catalog = SqlCatalog("plain", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}/warehouse")
catalog.create_namespace_if_not_exists("bench")
for path in sorted(glob.glob(f"{files}/*.parquet")):
    identifier = ("bench", os.path.basename(path).removesuffix(".parquet"))
    if catalog.table_exists(identifier):
        table = catalog.load_table(identifier)
    else:
        table = catalog.create_table(identifier, pyarrow.parquet.read_schema(path))
    with table.transaction() as transaction:
        if table.current_snapshot():
            with transaction.update_snapshot().overwrite() as update:
                for task in table.scan().plan_files():
                    update.delete_data_file(task.file)
        transaction.add_files([path], check_duplicate_files=False)
"""
LOADS = """
import sys
from pyiceberg.catalog.sql import SqlCatalog
catalog = SqlCatalog("floe", uri=f"sqlite:///{sys.argv[1]}")
names = catalog.list_tables("bench")
assert len(names) == 100, names
for name in names:
    catalog.load_table(name)
"""
RUNS = """
import gc, json, os, sys, time
from floe_sdk.cli import main
answers = os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
def run(folder):
    try:
        main(["run", folder])
    except SystemExit as end:
        if end.code:
            raise
for small in sys.argv[1:]:
    run(small)
for folder in sys.stdin:
    gc.collect()  # what one run left is not collected in the next one's time
    wall, cpu = time.perf_counter(), time.process_time()
    run(folder.strip())
    print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu]), file=answers, flush=True)
"""
product = cache(dbt_product)


@cache
def observed(number: int) -> Path:
    return dbt_product(number, OBSERVED)


@cache
def files() -> Path:
    """A copy of the files that a run has made, each under its table's name."""
    made = product(MODELS)
    process(FLOE, "run", str(made))()
    target = made.parent / "plain" / "files"
    target.mkdir()
    for file in (made.parent / ".floe" / "dev" / "warehouse").rglob("*.parquet"):
        shutil.copyfile(file, target / f"{file.parent.parent.name}.parquet")
    return target


def plain() -> Cost:
    made, copies = product(MODELS), files()
    return process(PYTHON, "-c", PLAIN, str(made), str(made.parent / "plain"), str(copies))()


def floe_run(*options: str) -> Cost:
    return process(FLOE, "run", str(product(MODELS)), *options)()


def unchanged() -> Cost:
    files()  # the first run
    return floe_run("--changed")


def loads() -> Cost:
    files()
    return process(PYTHON, "-c", LOADS, str(product(MODELS).parent / ".floe" / "dev" / "catalog.db"))()


@cache
def one_process() -> Callable[[str], Cost]:
    return pairs_of_one_process(PYTHON, "-c", RUNS, str(product(1)), str(observed(1)))


def without() -> Cost:
    return one_process()(str(product(MODELS)))


def watched() -> Cost:
    return one_process()(str(observed(MODELS)))


def watched_cold() -> Cost:
    (observed(MODELS) / ".floe" / "cache" / "column_lineage.json").unlink(missing_ok=True)
    return watched()


BENCHMARKS = [
    Benchmark("run-100", "dbt build + PyIceberg commits", plain, floe_run, limit=1.1, allowance=1.0),
    Benchmark("run-changed", "PyIceberg loads the 100 tables", loads, unchanged, limit=1.5, allowance=0.5),
    Benchmark("run-observed", "lineage and traces off", without, watched, limit=1.05, by=("cpu", "wall"), rounds=PAIRS),
    Benchmark("run-observed-cold", "lineage and traces off", without, watched_cold, limit=math.inf, by=("cpu", "wall")),
]
