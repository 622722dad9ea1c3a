"""Two machines share a catalog on PostgreSQL and a warehouse, and nothing else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from support.machines import CUSTOMERS, Lake, Machine

PRODUCT = {
    **CUSTOMERS,
    "dbt_project.yml": "{name: customers, version: '1.0', profile: p, models: {customers: {+materialized: table}}}",
    "models/visits.sql": "{{ config(materialized='incremental', unique_key='n') }} select n from range(3) t(n) "
    "{% if is_incremental() %} where n > (select max(n) from {{ this }}) {% endif %}",
}


@pytest.fixture(scope="module")
def database(postgres_server):
    return postgres_server.new_database()


@pytest.fixture(scope="module")
def lake(tmp_path_factory, postgres_server, database):
    return Lake(tmp_path_factory.mktemp("common") / "lake", postgres_server.uri(database))


@pytest.fixture
def machine(tmp_path, lake, postgres_server, database, monkeypatch):
    """Makes machines, each with a checkout of its own of one product."""
    monkeypatch.setenv("LAKE_PASSWORD", postgres_server.password)
    uri = f"postgresql://{postgres_server.user}@127.0.0.1:{postgres_server.port}/{database}"

    def make(name):
        made = Machine(tmp_path / name, lake.folder, f"uri: '{uri}', password: {{env: LAKE_PASSWORD}}")
        made.product("customers", PRODUCT)
        return made

    return make


def test_the_second_machine_reads_what_the_first_one_made_and_runs_a_part(machine, lake, postgres_server, tmp_path):
    first = machine("one")
    assert "create the namespace customers" in first.floe("catalog", "provision", "customers")
    first.floe("run", "customers")
    rows = lake.rows("customers.mart_customers")
    assert [row["customer"] for row in rows] == ["ada", "bob"]
    orders = lake.snapshot("customers.orders")
    shutil.move(first.root, first.root.with_name("away"))

    second = machine("two")
    tables = json.loads(second.floe("tables", "customers", "--json"))
    assert {each["table"]: each["rows"] for each in tables["tables"]} == {"mart_customers": 2, "orders": 2, "visits": 3}
    assert "ada" in second.floe("query", "--product", "customers", "select customer from customers.mart_customers")
    second.floe("run", "customers", "--select", "mart_customers visits")
    assert lake.rows("customers.mart_customers") == rows
    assert lake.snapshot("customers.orders") == orders, "what wasn't selected was made again"
    assert [row["n"] for row in lake.rows("customers.visits")] == [0, 1, 2], "is_incremental() was false"
    assert "postgresql at 127.0.0.1" not in second.floe("health", "customers")
    _nowhere(postgres_server.password, tmp_path)


def test_a_password_that_is_wrong_or_not_set_ends_a_run_with_one_error(machine, monkeypatch):
    made = machine("three")
    monkeypatch.setenv("LAKE_PASSWORD", "planted-wrong")
    out = made.floe("run", "customers", code=4)
    assert out.count("error[FLOE-K060]") == 1
    assert "password authentication failed" in out
    assert "planted-wrong" not in out
    monkeypatch.delenv("LAKE_PASSWORD")
    out = made.floe("run", "customers", code=2)
    assert out.count("error[FLOE-S002]") == 1
    assert "LAKE_PASSWORD" in out
    made.floe("validate", "customers")  # needs neither
    _nowhere("planted-wrong", made.root)


def test_a_server_that_is_stopped_ends_a_run_with_one_error_and_the_next_one_works(machine, postgres_server):
    made = machine("four")
    with postgres_server.process.stopped():
        out = made.floe("run", "customers", code=4)
        assert out.count("error[FLOE-K001]") == 1
        assert "Connection refused" in out
        assert "Connection refused" in made.floe("health", "customers", code=4)
    made.floe("run", "customers", "--select", "orders")


def test_a_password_in_the_manifest_is_refused_at_its_line_and_never_shown(machine):
    made = machine("five")
    manifest = made.root / "manifest.yaml"
    manifest.write_text(manifest.read_text().replace("://floe_root@", "://floe_root:planted-literal@"))
    out = made.floe("validate", "customers", code=2)
    assert "error[FLOE-S001]" in out
    assert "manifest.yaml:" in out
    out += made.floe("config", "show", "customers") + made.floe("plugins", "list")
    assert "planted-literal" not in out


def _nowhere(secret, folder):
    """Not in any file below the folder."""
    found = [path for path in Path(folder).rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
    assert found == []
