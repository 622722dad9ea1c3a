"""Ten million rows of eight columns: into an Iceberg table against DuckDB's COPY, and an aggregate over them."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

from benchmarks.frame import Benchmark, Cost, part_of_process, process
from benchmarks.products import FLOE, PYTHON, add_dbt_project, product

if TYPE_CHECKING:
    from pathlib import Path

SQL = (
    "select range as id, range % 1000 as customer, range * 0.01 as amount, range % 7 = 0 as returned, "
    "'sku ' || (range % 5000) as sku, date '2024-01-01' + cast(range % 365 as integer) as day, "
    "cast(hash(range) % 100000 as bigint) as quantity, sqrt(range) as weight from range(10000000)"
)
START = """
import json, os, sys, time
from pathlib import Path
import duckdb
root, sql = Path(sys.argv[1]), sys.argv[2]
connection = duckdb.connect(config={"threads": 2, "preserve_insertion_order": True})
def timed(work):
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu]))
"""
IMPORTS = """
from floe_compute_duckdb.warming import import_now
from floe_compute_duckdb.writing import publish
from floe_sdk.compilation.resolve import load_platform
from floe_sdk.project.resolve import resolve
from floe_sdk.runtime.session import Session
import_now()  # what a run imports while dbt parses
"""
COPY = """
target = root / "copy.parquet"
timed(lambda: connection.execute(f"copy ({sql}) to '{target}' (format parquet, compression zstd)"))
target.unlink()
"""
PUBLISH = """
with load_platform(resolve(root / "floe.yaml")) as platform:
    platform.storage.storage_ready(timeout=10)
    with Session(platform, f"bench-{time.time_ns()}", "bench", root) as session:
        publisher = session.publisher  # connected, as DuckDB is
        def write():
            publication = publisher.begin("bench", "copied", "model.bench.copied")
            publish(connection.execute, publication, sql, removed=None)
        timed(write)
        for file in session.load("bench", "copied").files:
            os.unlink(file.file_path.removeprefix("file://"))
        session.catalog.drop_table(("bench", "copied"))
"""
AGGREGATE = "select customer % 10 as part, count(*) as n, sum(amount) as amount from {} group by all order by all"
PLAN = """
import sys
import duckdb
from pyiceberg.catalog.sql import SqlCatalog
table = SqlCatalog("floe", uri=f"sqlite:///{sys.argv[1]}").load_table("bench.big")
files = [task.file.file_path.removeprefix("file://") for task in table.scan().plan_files()]
print(duckdb.connect().execute(sys.argv[2].format(f"read_parquet({files})")).fetchall())
"""


@cache
def made() -> Path:
    """A product whose table `big` has the rows."""
    folder = product()
    add_dbt_project(folder, {"big": SQL})
    process(FLOE, "run", str(folder))()
    return folder


def copied(imports: str = IMPORTS) -> Cost:
    return part_of_process(PYTHON, "-c", START + imports + COPY, str(made()), SQL)()


def published() -> Cost:
    return part_of_process(PYTHON, "-c", START + IMPORTS + PUBLISH, str(made()), SQL)()


def planned() -> Cost:
    return process(PYTHON, "-c", PLAN, str(made().parent / ".floe" / "dev" / "catalog.db"), AGGREGATE)()


def queried() -> Cost:
    return process(FLOE, "query", AGGREGATE.format("bench.big"), "--product", str(made()))()


BENCHMARKS = [
    Benchmark("rows-published", "COPY, zstd", copied, published, limit=1.1),
    Benchmark("rows-memory", "COPY, zstd, same imports", copied, published, limit=1.2, by=("memory",)),
    Benchmark(
        "rows-memory-bare", "COPY, zstd, DuckDB alone", lambda: copied(""), published, limit=math.inf, by=("memory",)
    ),
    Benchmark("rows-query", "PyIceberg plans, DuckDB runs", planned, queried, limit=1.1, allowance=0.3),
]
