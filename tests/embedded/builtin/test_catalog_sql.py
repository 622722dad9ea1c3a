"""The embedded catalog: where it is, and what a user reads when it can't be used."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from pyiceberg.catalog.sql import SqlCatalog

from floe_sdk import (
    CATALOG_CLIENT_MISSING,
    CATALOG_CORRUPT,
    CATALOG_LOCKED,
    CATALOG_NOT_WRITABLE,
    CATALOG_UNREACHABLE,
    CATALOG_URI_WRONG,
    FloeError,
    Platform,
    PluginContext,
    PluginSelection,
    PluginType,
    Secret,
    StorageAccess,
)
from floe_sdk.errors.secrets import LITERAL_SECRET


@pytest.fixture
def make(tmp_path):
    """Platforms of a folder, closed at the end; and their storage."""
    made = []

    def platform(**config):
        state = tmp_path / "state"
        context = PluginContext("ci", "lake", "Shop", "shop", tmp_path, tmp_path, state, state)
        made.append(Platform.load([PluginSelection(PluginType.CATALOG, "sql", config)], context))
        return made[-1]

    yield platform
    for each in made:
        each.close()


@pytest.fixture
def storage(tmp_path):
    return StorageAccess(root=f"file://{tmp_path}/warehouse/")


def test_the_namespace_is_the_products_unless_configured(make):
    assert make().catalog.catalog_namespace() == "shop"
    assert make(namespace="{environment}_{product_slug}").catalog.catalog_namespace() == "ci_shop"


def test_access_tells_other_clients_and_reveals_nothing(make, storage, tmp_path):
    access = make().catalog.catalog_access(storage=storage)
    assert access.type == "sql"
    assert access.properties == {
        "uri": f"sqlite:///{tmp_path}/state/catalog.db",
        "warehouse": f"file://{tmp_path}/warehouse",
    }
    assert not list(tmp_path.iterdir())
    access = make(uri={"env": "NOT_SET_ANYWHERE"}).catalog.catalog_access(storage=storage)
    assert access.properties["uri"] == Secret("env", "NOT_SET_ANYWHERE")


@pytest.mark.parametrize("uri", [None, "sqlite:///lake/{environment}.db"])
def test_it_is_made_where_it_is_missing_and_bare_pyiceberg_opens_it(make, storage, tmp_path, uri):
    make(**({"uri": uri} if uri else {})).catalog.catalog_connect(storage=storage).create_namespace("shop")
    file = tmp_path / ("lake/ci.db" if uri else "state/catalog.db")
    bare = SqlCatalog("floe", uri=f"sqlite:///{file}")
    assert bare.list_namespaces() == [("shop",)]
    bare.close()


def test_health_counts_tables_and_makes_nothing(make, storage, tmp_path):
    health = _health(make())
    assert health.ok
    assert not (tmp_path / "state").exists()
    make().catalog.catalog_connect(storage=storage)
    health = _health(make())
    assert (health.ok, health.message) == (True, "0 tables")
    assert health.seconds < 5


def _health(platform):
    (plugin,) = [each for each in platform.records if each.type is PluginType.CATALOG]
    return plugin.hooks.plugin_health(timeout=1)


def test_a_damaged_file_is_told(make, storage, tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state/catalog.db").write_bytes(b"this is no database" * 100)
    for ask in (lambda: make().catalog.catalog_connect(storage=storage), lambda: _health(make())):
        with pytest.raises(FloeError, match=r"catalog\.db") as caught:
            ask()
        assert caught.value.code is CATALOG_CORRUPT


def test_another_process_that_writes_is_waited_for_and_then_told(make, storage, tmp_path, monkeypatch):
    catalog = make(uri="sqlite:///lake.db?timeout=1").catalog.catalog_connect(storage=storage)
    with sqlite3.connect(tmp_path / "lake.db") as other:
        other.execute("begin exclusive")
        with pytest.raises(FloeError, match="locked") as caught:
            catalog.create_namespace("shop")
        assert caught.value.code is CATALOG_LOCKED
        other.rollback()
    other.close()
    catalog.create_namespace("shop")


def test_the_wait_is_long_where_nobody_says_otherwise(make, storage):
    assert "timeout=30" in str(make().catalog.catalog_connect(storage=storage).engine.url)


def test_a_server_that_is_not_there_is_told_without_the_password(make, storage, monkeypatch):
    monkeypatch.setenv("LAKE_URI", "postgresql://floe:planted-hunter2@127.0.0.1:1/lake")
    with pytest.raises(FloeError) as caught:
        make(uri={"env": "LAKE_URI"}).catalog.catalog_connect(storage=storage)
    assert caught.value.code is CATALOG_UNREACHABLE
    assert caught.value.problem.startswith("the catalog postgresql at 127.0.0.1:1/lake: ")
    assert "hunter2" not in caught.value.render()
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("uri", ["mysql+pymysql://floe@127.0.0.1/lake", "postgresql+pg8000://floe@127.0.0.1/lake"])
def test_a_missing_driver_is_told_with_what_installs_it(make, storage, uri):
    for ask in (lambda: make(uri=uri).catalog.catalog_connect(storage=storage), lambda: _health(make(uri=uri))):
        with pytest.raises(FloeError, match="driver is not installed") as caught:
            ask()
        assert caught.value.code is CATALOG_CLIENT_MISSING
    assert caught.value.fix == ('pip install "floe-sdk[postgres]"' if "pg8000" in uri else "pip install pymysql")


@pytest.mark.parametrize(
    "uri", ["postgresql:/lake", "floe:planted-pw@host", "postgresql://h:port/lake", "nosql://h/lake"]
)
def test_a_uri_that_is_none_is_told_and_never_printed(make, storage, monkeypatch, uri):
    monkeypatch.setenv("LAKE_URI", uri)
    platform = make(uri={"env": "LAKE_URI"})
    asked = platform.catalog
    for ask in (
        lambda: asked.catalog_connect(storage=storage),
        lambda: asked.catalog_provision(namespaces=["shop"], dry_run=True, storage=storage),
        lambda: _health(platform),
    ):
        with pytest.raises(FloeError) as caught:
            ask()
        assert (caught.value.code, caught.value.exit_code) == (CATALOG_URI_WRONG, 2)
        assert uri not in caught.value.render()
        assert "planted" not in caught.value.render()


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://floe:planted-hunter2@127.0.0.1/lake",
        "postgresql://floe@127.0.0.1/lake?sslmode=require&password=planted-hunter2",
        "postgresql://floe@127.0.0.1/lake?sslkey=own.key&sslpassword=planted-hunter2",
    ],
)
def test_a_password_in_the_manifest_is_a_literal_secret(make, uri):
    with pytest.raises(FloeError) as caught:
        make(uri=uri)
    assert caught.value.code is LITERAL_SECRET
    assert "hunter2" not in caught.value.render()


def test_a_password_of_its_own_is_a_reference_for_other_clients(make, storage):
    access = make(uri="postgresql://floe@db/lake", password={"env": "LAKE_PASSWORD"}).catalog.catalog_access(
        storage=storage
    )
    assert access.properties["uri"] == "postgresql://floe@db/lake"
    assert access.properties["password"] == Secret("env", "LAKE_PASSWORD")


READ_ONLY = """
import sys
from pathlib import Path
from floe_sdk import FloeError, Platform, PluginContext, PluginSelection, PluginType, StorageAccess
root = Path(sys.argv[1])
context = PluginContext("ci", "lake", "Shop", "shop", root, root, root / "state", root / "state")
platform = Platform.load([PluginSelection(PluginType.CATALOG, "sql", {})], context)
try:
    platform.catalog.catalog_connect(storage=StorageAccess(root=f"file://{root}/warehouse/"))
except FloeError as error:
    print(error.render())
"""
UNPRIVILEGED = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []


def test_a_read_only_folder_names_the_variable(tmp_path):
    tmp_path.chmod(0o555)
    command = [*UNPRIVILEGED, sys.executable, "-c", READ_ONLY, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parent)
    tmp_path.chmod(0o755)
    assert CATALOG_NOT_WRITABLE.id in done.stdout
    assert "FLOE_STATE_DIR" in done.stdout
