"""One run of 100 models in Dagster, against `floe run` of them and against dagster-dbt's `@dbt_assets` of them.

Each side is a whole process as a run worker is one: it loads the code location and executes the job of all assets on an
instance in a folder. dagster-dbt runs on plain dbt-duckdb in its own environment (`scripts/dagster_dbt_lane.sh`).
"""

from __future__ import annotations

import math
import os
import subprocess
from functools import cache
from pathlib import Path

from benchmarks.frame import Benchmark, Cost, clean_environment, process
from benchmarks.products import DAGSTER, FLOE, PYTHON, dbt_product

MODELS = 100
COMMAND = str(Path(PYTHON).with_name("dagster"))
LANE = Path(__file__).parents[1] / "scripts" / "dagster_dbt_lane.sh"
DBT_ASSETS = """
from pathlib import Path
from dagster import AssetSelection, Definitions, define_asset_job, in_process_executor
from dagster_dbt import DbtCliResource, DbtProject, dbt_assets
project = DbtProject(project_dir=Path({project!r}), profiles_dir=Path({profiles!r}), target_path=Path({target!r}))

@dbt_assets(manifest=project.manifest_path)
def bench(context, dbt: DbtCliResource):
    yield from dbt.cli(["build"], context=context).stream()

defs = Definitions(
    assets=[bench],
    jobs=[define_asset_job("bench", AssetSelection.all())],
    resources={{"dbt": DbtCliResource(project_dir=project, dbt_executable={dbt!r})}},
    executor=in_process_executor,
)
"""


def home(folder: Path) -> dict[str, str]:
    """The environment of a Dagster whose instance is in `folder`."""
    folder.mkdir(exist_ok=True)
    (folder / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    return {**clean_environment(), "DAGSTER_HOME": str(folder), "DO_NOT_TRACK": "1"}


@cache
def made() -> Path:
    """The product, compiled, in which both sides have run once."""
    product = dbt_product(MODELS, plugins=DAGSTER)
    process(FLOE, "compile", str(product))()
    process(FLOE, "run", str(product))()
    _in_dagster(product)
    return product


def _in_dagster(product: Path) -> Cost:
    location = product / "target" / "dagster" / "definitions.py"
    return process(
        COMMAND, "job", "execute", "-f", str(location), "-j", "bench", environment=home(product.parent / "home")
    )()


def floe_run() -> Cost:
    return process(FLOE, "run", str(made()))()


def dagster_run() -> Cost:
    return _in_dagster(made())


@cache
def dbt_location() -> tuple[str, str]:
    """The `dagster` of the other environment, and a code location of the same dbt project."""
    binaries = subprocess.run([LANE], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    folder = made().parent / "dagster-dbt"
    folder.mkdir()
    project, profiles, target = str(made()), str(made().parent / "plain"), str(folder / "target")
    os.environ["PATH"] = f"{binaries}:{os.environ['PATH']}"
    dbt = f"{binaries}/dbt"
    process(dbt, "parse", "--project-dir", project, "--profiles-dir", profiles, "--target-path", target)()
    (folder / "location.py").write_text(DBT_ASSETS.format(project=project, profiles=profiles, target=target, dbt=dbt))
    return f"{binaries}/dagster", str(folder / "location.py")


def dbt_assets_run() -> Cost:
    dagster, location = dbt_location()
    folder = made().parent / "dbt-home"
    return process(dagster, "job", "execute", "-f", location, "-j", "bench", environment=home(folder))()


BENCHMARKS = [
    Benchmark("dagster-run", "floe run", floe_run, dagster_run, limit=1.3, allowance=5.0, rounds=5),
    Benchmark("dagster-dbt-assets", "dagster-dbt @dbt_assets", dbt_assets_run, dagster_run, limit=math.inf, rounds=5),
]
