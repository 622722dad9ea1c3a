"""The SQL catalog on PostgreSQL: made by many at once, and what a user reads when something is wrong."""

from __future__ import annotations

import time

import pytest
from pyiceberg.catalog.sql import SqlCatalog
from support.contention import COLUMNS
from support.forking import Forks
from support.teams import publish, rows_of

from floe_sdk import CATALOG_DENIED, CATALOG_UNREACHABLE, FloeError, redactor


def _refused(asked, code, *words):
    for what, ask in asked.items():
        with pytest.raises(FloeError) as caught:
            ask()
        error = caught.value
        assert (error.code, error.exit_code) == (code, 4), what
        assert all(word in error.render() for word in words), error.render()
        assert "planted-" not in error.render()


@pytest.mark.parametrize("spelling", ["postgres", "postgresql", "postgresql+psycopg"])
def test_any_spelling_of_the_uri_is_served_and_bare_pyiceberg_reads_it(team, spelling, monkeypatch):
    uri = team.server.uri(team.database)
    monkeypatch.setenv("LAKE_URI", uri.replace("postgresql", spelling))
    team.connect(uri={"env": "LAKE_URI"}, password=None).create_namespace("shop")
    bare = SqlCatalog("floe", uri=uri)
    assert bare.list_namespaces() == [("shop",)]
    bare.close()


def test_the_password_reaches_the_server_and_nothing_that_is_written(team):
    catalog = team.connect()
    assert catalog.list_namespaces() == []
    assert team.server.password not in f"{catalog.engine!r} {catalog.engine.url} {catalog.address}"
    assert redactor.redact(f"with {team.server.password}.") == "with ***."


def test_health_and_provision_say_what_is_there(team):
    assert (
        team.health().message == f"postgresql at 127.0.0.1:{team.server.port}/{team.database}: the first run makes it"
    )
    provision = team.plugin().catalog_provision
    wanted = [
        "create the table iceberg_namespace_properties",
        "create the table iceberg_tables",
        "create the namespace shop",
    ]
    where = f" in postgresql at 127.0.0.1:{team.server.port}/{team.database}"
    for dry_run in (True, True, False):
        changes = provision(namespaces=["shop"], dry_run=dry_run, storage=team.storage)
        assert [each.replace(where, "") for each in changes] == wanted
    assert provision(namespaces=["shop"], dry_run=False, storage=team.storage) == []
    assert team.health().message == "0 tables"
    team.connect().create_table(("shop", "t"), COLUMNS, location=f"{team.storage.root}t")
    assert team.health().message == "1 tables"


def test_eight_processes_make_the_catalog_and_the_namespaces_at_once(tmp_path, postgres_server):
    forks = Forks(
        "support.sharing", "floe_sdk.builtin.catalog_sql_client", "psycopg", "sqlalchemy.dialects.postgresql.psycopg"
    )
    for attempt in range(4):
        uri = postgres_server.uri(postgres_server.new_database())
        folder = tmp_path / str(attempt)
        folder.mkdir()
        forks.call("support.sharing:make_and_provision", str(folder), uri, 8, cwd=folder, processes=8)
        bare = SqlCatalog("floe", uri=uri)
        assert sorted(bare.list_namespaces()) == [("one",), ("two",)]
        bare.close()
    forks.close()


def test_a_wrong_password(team, monkeypatch):
    monkeypatch.setenv("LAKE_PASSWORD", "planted-wrong")
    where = f"postgresql at 127.0.0.1:{team.server.port}/{team.database}"
    _refused(
        team.asked(), CATALOG_DENIED, where, 'password authentication failed for user "floe_root"', "check the user"
    )


def test_no_password(team):
    _refused(team.asked(password=None), CATALOG_DENIED, "password", "beside `uri`: `password: {env: NAME}`")


def test_no_such_database(team):
    team.database = "atlantis"
    command = f"createdb -h 127.0.0.1 -p {team.server.port} -U floe_root atlantis"
    _refused(team.asked(), CATALOG_DENIED, 'database "atlantis" does not exist', command)


def test_a_user_without_rights(team, unique, monkeypatch):
    team.server.execute(f"create user {unique} password 'planted-limited'")
    monkeypatch.setenv("LAKE_PASSWORD", "planted-limited")
    uri = f"postgresql://{unique}@127.0.0.1:{team.server.port}/{team.database}"
    plugin = team.plugin(uri=uri)
    asked = {"connect": lambda: team.connect(uri=uri)}
    asked["provision"] = lambda: plugin.catalog_provision(namespaces=["shop"], dry_run=False, storage=team.storage)
    _refused(asked, CATALOG_DENIED, "permission denied for schema public", "grant create")
    SqlCatalog("floe", uri=team.server.uri(team.database)).close()  # somebody else makes the tables
    limited = team.connect(uri=uri)
    _refused({"list": lambda: limited.list_tables("shop")}, CATALOG_DENIED, "permission denied for table", "grant")


def test_a_server_that_is_stopped(team):
    with team.server.process.stopped():
        started = time.monotonic()
        _refused(
            team.asked(), CATALOG_UNREACHABLE, "Connection refused", f"127.0.0.1:{team.server.port}", "floe health"
        )
        assert time.monotonic() - started < 10


def test_a_server_whose_name_nobody_knows(team):
    uri = "postgresql://floe@no-such-host.invalid/lake"
    _refused(team.asked(uri=uri), CATALOG_UNREACHABLE, "failed to resolve host 'no-such-host.invalid'")


def test_a_connection_that_was_lost_is_made_again(team):
    catalog = team.connect()
    catalog.create_namespace("shop")
    with team.server.process.stopped(), pytest.raises(FloeError) as caught:
        catalog.list_namespaces()
    assert caught.value.code is CATALOG_UNREACHABLE
    assert catalog.list_namespaces() == [("shop",)]
    cut = f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{team.database}'"
    assert team.server.execute(cut)
    assert catalog.list_namespaces() == [("shop",)]


def test_a_server_that_is_stopped_between_the_file_and_the_commit_loses_nothing(team):
    catalog = team.connect()
    assert publish(team, catalog, [1]) == [1]
    with pytest.raises(FloeError) as caught:
        publish(team, catalog, [2], before_commit=team.server.process.stop)
    assert caught.value.code is CATALOG_UNREACHABLE
    team.server.process.start()
    assert rows_of(catalog) == [1]
    assert publish(team, catalog, [3]) == [1, 3]
