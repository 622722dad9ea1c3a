"""The main job as a user does it: the demo's products, run by the command, looked at by bare PyIceberg and DuckDB."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import yaml
from support.tables import bare_catalog

DEMO = Path(__file__).parents[2] / "demo"
MADE_BY_RUNS = shutil.ignore_patterns("target", "logs", ".floe", "__pycache__")
BIN = Path(sys.executable).parent
PRODUCTS = ("customer-360", "flights")


# Root writes where the permissions forbid it; without this capability it is held by them as everybody is.
UNPRIVILEGED = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []


def floe(*arguments, cwd, code=0, **environment):
    """Run the command as a user does; its standard output."""
    done = subprocess.run(
        [*UNPRIVILEGED, BIN / "floe", *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    """A copy of the demo in which both products have run."""
    folder = shutil.copytree(DEMO, tmp_path_factory.mktemp("main-job") / "demo", ignore=MADE_BY_RUNS)
    subprocess.run([sys.executable, folder / "flights" / "prepare.py"], check=True, capture_output=True)
    for product in PRODUCTS:
        floe("run", product, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def catalog(platform):
    """The catalog as bare PyIceberg opens it; nothing of floe is involved."""
    with bare_catalog(platform / ".floe" / "dev") as catalog:
        yield catalog


def plain_dbt(project, folder):
    """The same project built by plain dbt-duckdb; its database."""
    name = yaml.safe_load((project / "dbt_project.yml").read_text())["profile"]
    target = {"type": "duckdb", "path": str(folder / "plain.duckdb"), "threads": 2}
    (folder / "profiles.yml").write_text(json.dumps({name: {"target": "plain", "outputs": {"plain": target}}}))
    subprocess.run(
        [
            *[BIN / "dbt", "build", "--project-dir", project, "--profiles-dir", folder],
            *["--target-path", folder / "target", "--log-path", folder / "logs"],
        ],
        check=True,
        capture_output=True,
    )
    return folder / "plain.duckdb"


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_table_has_the_rows_of_a_plain_dbt_duckdb_run(platform, catalog, product, tmp_path):
    with duckdb.connect(str(plain_dbt(platform / product, tmp_path)), read_only=True) as plain:
        expected = {
            name
            for (name,) in plain.execute(
                "select table_name from information_schema.tables where table_type = 'BASE TABLE'"
            ).fetchall()
        }
        namespace = product.replace("-", "_")
        assert {name for _, name in catalog.list_tables(namespace)} == expected
        for name in sorted(expected):
            mine = catalog.load_table((namespace, name)).scan().to_arrow()
            plain.register("mine", mine)
            columns = ", ".join(f'"{column}"' for column in mine.column_names)
            different = plain.execute(
                f"select count(*) from ((select {columns} from mine except all select {columns} from main.{name})"
                f" union all (select {columns} from main.{name} except all select {columns} from mine))"
            ).fetchone()
            assert different == (0,), name
            assert plain.execute(f"select count(*) from main.{name}").fetchone() == (mine.num_rows,), name


def test_each_published_table_has_one_snapshot_with_the_runs_id(catalog):
    for name in catalog.list_tables("customer_360"):
        snapshots = catalog.load_table(name).snapshots()
        assert len(snapshots) == 1, name
        assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}", snapshots[0].summary["floe.run-id"]), name


def test_a_read_only_product_without_its_caches_runs_again(tmp_path):
    """The catalog is the only state: the folder can't be written, and `target/`, caches and DuckDB's file are gone."""
    folder = shutil.copytree(DEMO, tmp_path / "demo", ignore=MADE_BY_RUNS)
    subprocess.run([sys.executable, folder / "flights" / "prepare.py"], check=True, capture_output=True)
    state = tmp_path / "state"
    make_read_only(folder)
    before = {path for path in folder.rglob("*") if "__pycache__" not in path.parts}
    for product in PRODUCTS:
        floe("run", product, cwd=folder, FLOE_STATE_DIR=str(state))
        shutil.rmtree(state / product)
    assert [path.name for path in state.iterdir()] == ["platform"]
    floe("run", "customer-360", "--select", "mart_customer_360", cwd=folder, FLOE_STATE_DIR=str(state))
    floe("run", "flights", "--select", "stg_flights", cwd=folder, FLOE_STATE_DIR=str(state))
    for product in PRODUCTS:
        shutil.rmtree(state / product)
    sql = "select count(*) as n from flights.stg_flights"
    answer = floe("query", "--product", "flights", "--format", "csv", sql, cwd=folder, FLOE_STATE_DIR=str(state))
    assert answer.split() == ["n", "336776"]
    assert {path for path in folder.rglob("*") if "__pycache__" not in path.parts} == before


def make_read_only(folder):
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
