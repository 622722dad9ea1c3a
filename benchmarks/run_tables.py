"""`floe run` of 100 models, against plain `dbt build` and bare PyIceberg that commits the same 100 files."""

from __future__ import annotations

import math
import shutil
from functools import cache
from typing import TYPE_CHECKING

from benchmarks.frame import Benchmark, Cost, part_of_process, process
from benchmarks.products import FLOE, OBSERVED, PYTHON, dbt_product

if TYPE_CHECKING:
    from pathlib import Path

MODELS = 100
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
SECOND = """
import json, os, sys, time
from floe_sdk.cli import main
def ran(folder):
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        main(["run", folder])
    except SystemExit as end:
        if end.code:
            raise
    return time.perf_counter() - wall, time.process_time() - cpu
small, large, cold = sys.argv[1:]
ran(small)
if cold == "cold":
    os.unlink(large + "/.floe/cache/column_lineage.json")
print(json.dumps(ran(large)))
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


def without() -> Cost:
    return part_of_process(PYTHON, "-c", SECOND, str(product(1)), str(product(MODELS)), "warm")()


def watched(lineage: str) -> Cost:
    return part_of_process(PYTHON, "-c", SECOND, str(observed(1)), str(observed(MODELS)), lineage)()


BENCHMARKS = [
    Benchmark("run-100", "dbt build + PyIceberg commits", plain, floe_run, limit=1.1, allowance=1.0),
    Benchmark("run-changed", "PyIceberg loads the 100 tables", loads, unchanged, limit=1.5, allowance=0.5),
    Benchmark(
        "run-observed", "lineage and traces off", without, lambda: watched("warm"), limit=1.05, by=("cpu", "wall")
    ),
    Benchmark(
        "run-observed-cold",
        "lineage and traces off",
        without,
        lambda: watched("cold"),
        limit=math.inf,
        by=("cpu", "wall"),
    ),
]
