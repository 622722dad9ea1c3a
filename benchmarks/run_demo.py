"""`floe run` of customer-360 with a known graph, against plain `dbt build` in process on the same project."""

from __future__ import annotations

import atexit
import json
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

from benchmarks.frame import Benchmark, Cost, process

DEMO = Path(__file__).parents[1] / "demo"
FLOE = Path(sys.executable).with_name("floe")
PLAIN = """
import sys
from dbt.cli.main import dbtRunner
project, folder = sys.argv[1:]
result = dbtRunner().invoke(["--quiet", "build", "--project-dir", project, "--profiles-dir", folder,
                             "--target-path", f"{folder}/target", "--log-path", f"{folder}/logs"])
sys.exit(not result.success)
"""


@cache
def folder() -> Path:
    """A copy of the demo, and beside it the profile and the database of plain dbt-duckdb; both start anew each time."""
    made = Path(tempfile.mkdtemp(prefix="floe-bench-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    shutil.copytree(DEMO, made / "demo", ignore=shutil.ignore_patterns("target", ".floe", "logs"))
    target = {"type": "duckdb", "path": str(made / "plain.duckdb"), "threads": 2}
    profile = {"customer_360": {"target": "plain", "outputs": {"plain": target}}}
    (made / "profiles.yml").write_text(json.dumps(profile))
    return made


def plain() -> Cost:
    (folder() / "plain.duckdb").unlink(missing_ok=True)
    project = str(folder() / "demo" / "customer-360")
    return process(sys.executable, "-c", PLAIN, project, str(folder()))()


def floe_run() -> Cost:
    return process(str(FLOE), "run", str(folder() / "demo" / "customer-360"))()


BENCHMARKS = [
    Benchmark(
        name="run-demo",
        floor_name="plain `dbt build` in process, same project",
        floor=plain,
        ours=floe_run,
        limit=1.15,
        allowance=3.5,
    )
]
