"""Credentials of tables on S3 as DuckDB holds them: one for each location, renewed ahead of their end. No server."""

from __future__ import annotations

import logging
import time
from types import SimpleNamespace

import duckdb
import pytest

from floe_compute_duckdb import httpfs
from floe_compute_duckdb.object_store import ObjectStore
from floe_sdk import Secret, StorageAccess

ROOT = "s3://lake/root/"
STATIC = {
    "s3.endpoint": "http://127.0.0.1:1",
    "s3.region": "eu-north-1",
    "s3.access-key-id": "static",
    "s3.secret-access-key": "planted-static",
}


def file_io(key="vended", seconds=None, **properties):
    ends = {} if seconds is None else {"s3.session-token-expires-at-ms": str(int((time.time() + seconds) * 1000))}
    given = {"s3.access-key-id": key, "s3.secret-access-key": f"planted-{key}", "s3.session-token": f"planted-t-{key}"}
    return SimpleNamespace(properties={**STATIC, **given, **ends, **properties})


@pytest.fixture
def storage():
    secret = Secret("env", "KEY", resolver=lambda _: "planted-static")
    return StorageAccess(root=ROOT, file_io={**STATIC, "s3.secret-access-key": secret})


@pytest.fixture
def connection():
    with duckdb.connect() as connection:
        yield connection


@pytest.fixture
def store(connection, storage, tmp_path):
    if httpfs.extension() is None:
        pytest.skip("duckdb-extension-httpfs is not installed for this DuckDB")
    current = [connection]
    with ObjectStore(lambda: current[0], "httpfs", storage, tmp_path) as store:
        store.set_up()
        store.on = lambda other: current.__setitem__(0, other)  # as if another thread called
        yield store


def used(connection, uri):
    """The key id of the secret that DuckDB takes for a URI."""
    found = connection.execute("select name from which_secret(?, 's3')", [uri]).fetchone()
    if found is None:
        return None
    (text,) = connection.execute("select secret_string from duckdb_secrets() where name = ?", [found[0]]).fetchone()
    return dict(part.split("=", 1) for part in text.split(";") if "=" in part)["key_id"]


def test_each_location_has_its_own_credentials(store, connection):
    store.reach(f"{ROOT}shop/a", file_io("for-a"))
    store.reach(f"{ROOT}shop/b", file_io("for-b"))
    assert used(connection, f"{ROOT}shop/a/data/x.parquet") == "for-a"
    assert used(connection, f"{ROOT}shop/b/data/x.parquet") == "for-b"
    assert used(connection, f"{ROOT}shop/ab/data/x.parquet") is None
    assert used(connection, "s3://elsewhere/x.parquet") is None


def test_tables_that_are_reached_like_the_storage_share_one(store, connection):
    store.reach(f"{ROOT}shop/a", SimpleNamespace(properties=STATIC))
    store.reach(f"{ROOT}shop/b", SimpleNamespace(properties=STATIC))
    assert used(connection, f"{ROOT}shop/c/x.parquet") == "static"
    assert connection.execute("select count(*) from duckdb_secrets()").fetchall() == [(1,)]


def test_a_tables_own_credentials_go_before_the_storages(store, connection):
    store.reach(f"{ROOT}shop/a", SimpleNamespace(properties=STATIC))
    store.reach(f"{ROOT}shop/b", file_io("vended"))
    assert used(connection, f"{ROOT}shop/a/x.parquet") == "static"
    assert used(connection, f"{ROOT}shop/b/x.parquet") == "vended"


def test_what_ends_soon_is_renewed_from_the_catalog(store, connection):
    asked = []

    def renew():
        asked.append(1)
        return file_io("second", seconds=3600)

    store.reach(f"{ROOT}shop/a", file_io("first", seconds=1), renew)
    assert used(connection, f"{ROOT}shop/a/x.parquet") == "first"
    time.sleep(0.6)  # half of it is over
    store.renew_due()
    assert used(connection, f"{ROOT}shop/a/x.parquet") == "second"
    store.renew_due()
    assert asked == [1]


def test_credentials_that_last_are_kept_although_each_load_brings_others(store, connection):
    store.reach(f"{ROOT}shop/a", file_io("first", seconds=3600))
    store.reach(f"{ROOT}shop/a", file_io("another", seconds=3600))
    assert used(connection, f"{ROOT}shop/a/x.parquet") == "first"


def test_a_catalog_that_is_away_is_asked_again_and_the_old_ones_stay(store, connection, caplog):
    def renew():
        raise OSError("the catalog is away")

    store.reach(f"{ROOT}shop/a", file_io("first", seconds=0.2), renew)
    time.sleep(0.3)
    with caplog.at_level(logging.WARNING, "floe.duckdb"):
        store.renew_due()
    assert "could not be renewed: the catalog is away" in caplog.text
    assert used(connection, f"{ROOT}shop/a/x.parquet") == "first"


def test_a_transaction_that_is_open_sees_them_and_another_that_was_opened_before_too(store, connection):
    other = connection.cursor()
    for each in (connection, other):
        each.execute("begin")
        each.execute("select count(*) from range(3)").fetchall()
    store.reach(f"{ROOT}shop/a", file_io("a"))
    assert used(connection, f"{ROOT}shop/a/x.parquet") == "a"
    store.on(other)
    store.reach(f"{ROOT}shop/a", file_io("a"))
    assert used(other, f"{ROOT}shop/a/x.parquet") == "a"
    connection.execute("rollback")
    other.execute("commit")


def test_a_rollback_takes_a_secret_away_and_the_next_use_makes_it_again(store, connection):
    connection.execute("begin")
    store.reach(f"{ROOT}shop/a", file_io("a"))
    connection.execute("rollback")
    assert used(connection, f"{ROOT}shop/a/x.parquet") is None
    store.reach(f"{ROOT}shop/a", file_io("a"))
    assert used(connection, f"{ROOT}shop/a/x.parquet") == "a"


def test_secrets_are_in_memory_only_and_not_shown(store, connection):
    store.reach(f"{ROOT}shop/a", file_io("a"))
    rows = connection.execute("select persistent, storage, secret_string from duckdb_secrets()").fetchall()
    assert [row[:2] for row in rows] == [(False, "memory")]
    assert "planted" not in rows[0][2]


def test_certificates_are_verified(store, connection):
    store.reach(f"{ROOT}shop/a", file_io("a"))
    assert connection.execute("select current_setting('enable_server_cert_verification')").fetchone() == (True,)


def test_through_pyarrow_the_file_io_is_renewed_while_a_statement_runs(connection, storage, tmp_path):
    made = []

    def renew():
        made.append(file_io("second", seconds=3600))
        return made[-1]

    with ObjectStore(lambda: connection, "pyarrow", storage, tmp_path) as store:
        store.reach(f"{ROOT}shop/a", file_io("first", seconds=1), renew)
        time.sleep(1.2)
        assert len(made) == 1
        assert store._reached["s3"]._ios[f"{ROOT}shop/a/"] is made[0]


def test_without_the_extension_it_says_what_to_install(connection, storage, tmp_path, monkeypatch):
    from floe_sdk import FloeError

    monkeypatch.setattr(httpfs, "_PACKAGE", "no_such_extension_package")
    with pytest.raises(FloeError) as caught, ObjectStore(lambda: connection, "httpfs", storage, tmp_path) as store:
        store.set_up()
    assert caught.value.code.id == "FLOE-K046"
    assert "floe-compute-duckdb[s3]" in caught.value.fix
    with ObjectStore(lambda: connection, "auto", storage, tmp_path) as store:
        store.set_up()
        assert store._reached["s3"].writes() is False
