"""`floe catalog provision`: what a run needs, made once."""

from __future__ import annotations

import json
import sqlite3

import pytest


@pytest.fixture
def new(shop):
    """Before anything has used the catalog."""
    shop.catalog.close()
    (shop.folder / "catalog.db").unlink()
    return shop


def changes(shop, *arguments):
    assert shop.floe("catalog", "provision", shop.root, "--json", *arguments) == 0, shop.out
    return json.loads(shop.out)["changes"]


def test_it_says_makes_and_is_content(new):
    database = new.folder / "catalog.db"
    wanted = [
        f"create the table iceberg_namespace_properties in {database}",
        f"create the table iceberg_tables in {database}",
        "create the namespace shop",
    ]
    assert changes(new, "--dry-run") == wanted
    assert not database.exists()
    assert changes(new) == wanted
    with sqlite3.connect(database) as connection:
        assert {"iceberg_tables", "iceberg_namespace_properties"} <= {
            name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")
        }
    assert changes(new) == changes(new, "--dry-run") == []
    assert new.floe("catalog", "provision", new.root) == 0
    assert new.out == "nothing to change\n"


def test_a_namespace_alone_may_be_missing(shop):
    assert changes(shop, "--dry-run") == ["create the namespace shop"]
    assert not shop.catalog.namespace_exists("shop")
    assert changes(shop) == ["create the namespace shop"]
    assert shop.catalog.namespace_exists("shop")


def test_a_file_that_is_no_database(new):
    (new.folder / "catalog.db").write_text("no database at all, " * 100)
    assert new.floe("catalog", "provision", new.root) == 4
    assert "FLOE-K002" in new.err
