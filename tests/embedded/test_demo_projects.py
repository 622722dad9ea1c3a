"""The demo's files and dbt projects as they stand, without floe: plain dbt-duckdb, from a folder that is neither's."""

import csv
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
import yaml

DEMO = Path(__file__).parents[2] / "demo"
CUSTOMER_360 = DEMO / "customer-360"
FLIGHTS = DEMO / "flights"
MADE_BY_RUNS = ("target", "logs", ".floe", "__pycache__")


def load(path):
    spec = importlib.util.spec_from_file_location(f"demo_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def document(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def dbt(folder, project, command, *options):
    """Run plain dbt on the project from `folder`, which takes all that dbt writes; the run's results by node."""
    database = folder / "plain.duckdb"
    name = document(project / "dbt_project.yml")["profile"]
    target = {"type": "duckdb", "path": str(database), "threads": 2}
    (folder / "profiles.yml").write_text(json.dumps({name: {"target": "plain", "outputs": {"plain": target}}}))
    call = [
        *[Path(sys.executable).with_name("dbt"), "--no-use-colors"],
        *["--warn-error-options", '{"error": ["Deprecations"]}', command],
        *["--project-dir", os.path.relpath(project, folder), "--profiles-dir", ".", "--target-path", folder / "target"],
        *["--log-path", folder / "logs", *options],
    ]
    done = subprocess.run(call, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "eprecat" not in done.stdout
    results = json.loads((folder / "target/run_results.json").read_text())["results"]
    return SimpleNamespace(
        database=database,
        status={result["unique_id"]: result["status"] for result in results},
        nodes=json.loads((folder / "target/manifest.json").read_text())["nodes"],
    )


def rows(database, sql):
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def counts(database, names):
    return {name: rows(database, f"select count(*) from {name}")[0][0] for name in names}


def listing(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if "__pycache__" not in path.parts}


@pytest.fixture(scope="module")
def customer_360(tmp_path_factory):
    folder = tmp_path_factory.mktemp("customer_360")
    project = shutil.copytree(CUSTOMER_360, folder / "project", ignore=shutil.ignore_patterns(*MADE_BY_RUNS))
    before = listing(project)
    result = dbt(folder, project, "build")
    assert listing(project) == before, "dbt wrote into the project"
    return result


@pytest.fixture(scope="module")
def flights(tmp_path_factory):
    folder = tmp_path_factory.mktemp("flights")
    project = shutil.copytree(FLIGHTS, folder / "project", ignore=shutil.ignore_patterns("raw", *MADE_BY_RUNS))
    load(project / "prepare.py").prepare(project / "raw")
    part = dbt(folder, project, "run", "--select", "stg_flights", "--vars", "{last_month: 2}")
    january_and_february = counts(part.database, ["stg_flights"])["stg_flights"]
    result = dbt(folder, project, "build")
    result.january_and_february = january_and_february
    return result


def test_the_raw_files_are_made_again_byte_for_byte(tmp_path):
    environment = {**os.environ, "TZ": "Asia/Kathmandu", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, CUSTOMER_360 / "generate.py", tmp_path], check=True, env=environment)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_bytes() for path in (CUSTOMER_360 / "raw").iterdir()}


def test_the_raw_files_are_small_and_their_keys_unique():
    raw = CUSTOMER_360 / "raw"
    assert sum(path.stat().st_size for path in raw.iterdir()) < 3_000_000
    with (raw / "transactions.csv").open(newline="", encoding="utf-8") as file:
        transactions = list(csv.DictReader(file))
    assert len(transactions) == len({row["transaction_id"] for row in transactions}) == 50_000
    times = [row["occurred_at"] for row in transactions]
    assert times != sorted(times), "none arrives late"
    assert any(row["customer_id"] == "" for row in transactions)
    assert not (raw / "crm_customers.csv").read_text(encoding="utf-8").isascii()


def test_customer_360_builds_with_plain_dbt(customer_360):
    assert set(customer_360.status.values()) == {"success", "pass"}
    assert counts(customer_360.database, [
        "stg_crm_customers",
        "stg_transactions",
        "stg_support_tickets",
        "int_customer_orders",
        "int_customer_support",
        "mart_customer_360",
    ]) == {
        "stg_crm_customers": 1_200,
        "stg_transactions": 50_000,
        "stg_support_tickets": 1_500,
        "int_customer_orders": 1_200,
        "int_customer_support": 1_200,
        "mart_customer_360": 1_200,
    }  # fmt: skip
    segments = rows(customer_360.database, "select distinct segment from mart_customer_360")
    assert len(segments) == 5, "every segment has its customers"


def test_flights_builds_with_plain_dbt_in_two_steps(flights):
    assert flights.january_and_february == 51_955
    expected = {
        "stg_flights": 336_776,
        "stg_weather": 26_115,
        "stg_airlines": 16,
        "stg_airports": 1_462,
        "stg_planes": 3_322,
        "int_flights_in_weather": 336_776,
        "mart_delays_by_route": 224,
        "mart_delays_by_carrier_day": 5_432,
    }
    assert counts(flights.database, expected) == expected
    warned = [node.split(".")[2] for node, status in flights.status.items() if status == "warn"]
    assert warned == ["relationships_stg_flights_tail_number__tail_number__ref_stg_planes_"]
    assert set(flights.status.values()) == {"success", "pass", "warn"}


@pytest.mark.parametrize("product", ["customer_360", "flights"])
def test_every_model_and_column_is_described_and_owned(product, request):
    built = request.getfixturevalue(product)
    for node in built.nodes.values():
        if node["resource_type"] not in {"model", "seed"}:
            continue
        assert node["description"], node["name"]
        assert node["config"]["meta"]["owner"], node["name"]
        assert [name for name, column in node["columns"].items() if not column["description"]] == [], node["name"]
        there = [name for name, *_ in rows(built.database, f"describe {node['name']}")]
        assert list(node["columns"]) == there


def test_personal_data_is_masked(customer_360):
    for node in customer_360.nodes.values():
        if node["resource_type"] == "model":
            for column in node["columns"].values():
                assert not column["meta"].get("pii") or column["meta"]["masking"] in {"sha256", "initials", "year"}
            clear = rows(
                customer_360.database, f"select count(*) from {node['name']} t where contains(t::varchar, '@')"
            )
            assert clear == [(0,)], node["name"]


def test_prepare_leaves_what_is_complete_and_replaces_what_is_not(tmp_path):
    prepare = load(FLIGHTS / "prepare.py").prepare
    assert {path.name for path in prepare(tmp_path)} == {
        "airlines.csv",
        "airports.csv",
        "flights.csv",
        "planes.csv",
        "weather.csv",
    }
    before = listing(tmp_path)
    assert prepare(tmp_path) == []
    assert listing(tmp_path) == before
    whole = (tmp_path / "planes.csv").read_bytes()
    (tmp_path / "planes.csv").write_bytes(whole[:1000])
    assert prepare(tmp_path) == [tmp_path / "planes.csv"]
    assert (tmp_path / "planes.csv").read_bytes() == whole
    assert len(list(tmp_path.iterdir())) == 5


def test_the_manifest_stands_alone_in_block_style():
    text = (DEMO / "manifest.yaml").read_text(encoding="utf-8")
    manifest = document(DEMO / "manifest.yaml")
    assert not {"extends", "parent_manifest"} & manifest.keys()
    assert manifest["governance"]["policy_enforcement_level"] == "warn"
    assert manifest["plugins"].keys() == {
        *["compute", "transform", "catalog", "storage", "orchestrator", "telemetry", "lineage"],
    }
    flow = (yaml.FlowMappingStartToken, yaml.FlowSequenceStartToken)
    assert not [token for token in yaml.scan(text) if isinstance(token, flow)]


@pytest.mark.parametrize("project", [CUSTOMER_360, FLIGHTS])
def test_a_product_leaves_governance_to_the_manifest_and_profiles_to_floe(project):
    spec = document(project / "floe.yaml")
    assert "governance" not in spec
    assert (project / spec["platform"]["manifest"]).resolve() == DEMO / "manifest.yaml"
    assert not (project / "profiles.yml").exists()
    models = {path.stem for path in project.glob("models/**/*.sql")}
    assert {transform["name"] for transform in spec["transforms"]} <= models


def test_the_projects_share_what_they_have_in_common():
    for name in ("macros/find_raw_files.sql", "tests/generic/in_range.sql"):
        assert (CUSTOMER_360 / name).read_bytes() == (FLIGHTS / name).read_bytes()


def test_the_script_of_the_demo_is_sound():
    subprocess.run(["bash", "-n", DEMO / "run.sh"], check=True)
    assert os.access(DEMO / "run.sh", os.X_OK)
    assert not re.search(r"(?m)^\s*pip |/tmp/", (DEMO / "run.sh").read_text(encoding="utf-8"))
