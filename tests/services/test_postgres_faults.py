"""A PostgreSQL that is there and does not serve: silent, full, strict about TLS or about serialization."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest
from support.silent import SilentProxy
from support.teams import publish, rows_of

from floe_sdk import CATALOG_DENIED, CATALOG_UNREACHABLE, FloeError
from floe_sdk.builtin import catalog_sql_address, catalog_sql_deadline
from floe_sdk.runtime.recovery.orphan_files import clean_orphans


@pytest.fixture
def proxy(postgres_server, monkeypatch):
    """The server behind a way that can fall silent; patience is short."""
    monkeypatch.setattr(catalog_sql_deadline, "PING_SECONDS", 1.0)
    monkeypatch.setattr(catalog_sql_address, "SERVER_ANSWER_SECONDS", 2)
    made = SilentProxy(postgres_server.port)
    yield made
    made.close()


@pytest.fixture
def behind(team, proxy):
    """The URI of the team's database behind the proxy."""
    return f"postgresql://{team.server.user}@127.0.0.1:{proxy.port}/{team.database}?connect_timeout=2"


def _fails(ask, code, *words, seconds=8):
    started = time.monotonic()
    with pytest.raises(FloeError) as caught:
        ask()
    assert time.monotonic() - started < seconds
    assert caught.value.code is code, caught.value.render()
    assert all(word in caught.value.render() for word in words), caught.value.render()


def test_a_server_that_accepts_and_never_answers(team, proxy, behind):
    proxy.silence()
    for ask in team.asked(uri=behind).values():
        _fails(ask, CATALOG_UNREACHABLE, f"127.0.0.1:{proxy.port}", "timeout")


def test_a_server_that_falls_silent_while_it_is_asked(team, proxy, behind):
    catalog = team.connect(uri=behind)
    catalog.create_namespace("shop")
    proxy.silence_at(b"iceberg_tables")
    _fails(lambda: catalog.list_tables("shop"), CATALOG_UNREACHABLE, "the server did not answer within 2 s")
    proxy.speak()
    assert catalog.list_tables("shop") == []


def test_a_kept_connection_that_is_silent_is_replaced_unseen(team, proxy, behind):
    catalog = team.connect(uri=behind)
    catalog.create_namespace("shop")
    proxy.silence()
    threading.Timer(0.5, proxy.speak).start()
    assert catalog.list_namespaces() == [("shop",)]


def test_health_tells_of_a_silent_server_in_words_of_its_own(team, proxy, behind):
    team.connect(uri=behind)
    proxy.silence_at(b"iceberg_tables")
    _fails(lambda: team.health(uri=behind), CATALOG_UNREACHABLE, "the server did not answer within 5 s")


@pytest.mark.parametrize(("at", "landed"), [(b"UPDATE iceberg_tables", False), (b"COMMIT", False)])
def test_a_server_that_falls_silent_while_a_table_is_committed(team, proxy, behind, at, landed):
    assert publish(team, team.connect(), [1]) == [1]
    catalog = team.connect(uri=behind)
    _fails(
        lambda: publish(team, catalog, [2], before_commit=lambda: proxy.silence_at(at)),
        CATALOG_UNREACHABLE,
        "the server did not answer within 2 s",
    )
    proxy.close()
    direct = team.connect()
    (journal,) = (team.folder / "runs").glob("*.files")
    assert clean_orphans(direct, journal), "of unknown fate when the run failed, and known now"
    assert rows_of(direct) == [1]
    assert publish(team, direct, [3]) == [1, 3]


def test_a_commit_whose_answer_is_lost_is_found_to_have_happened(team, proxy, behind):
    assert publish(team, team.connect(), [1]) == [1]
    catalog = team.connect(uri=behind)

    def cut_answer():
        proxy.mute_answer_to(b"COMMIT")

    _fails(lambda: publish(team, catalog, [2], before_commit=cut_answer), CATALOG_UNREACHABLE, "did not answer")
    direct = team.connect()
    assert rows_of(direct) == [1, 2]
    (journal,) = (team.folder / "runs").glob("*.files")
    assert clean_orphans(direct, journal) == []
    assert rows_of(direct) == [1, 2]


def test_a_user_without_a_connection_left_waits_for_one(team, unique, monkeypatch):
    team.server.execute(f"create user {unique} password 'planted-limited' connection limit 1")
    team.server.execute(f"grant all on schema public to {unique}", team.database)
    monkeypatch.setenv("LAKE_PASSWORD", "planted-limited")
    monkeypatch.setattr(catalog_sql_deadline, "PING_SECONDS", 3.0)
    uri = f"postgresql://{unique}@127.0.0.1:{team.server.port}/{team.database}"
    held = psycopg.connect(team.server.uri(team.database, unique, "planted-limited"))
    threading.Timer(1, held.close).start()
    assert team.connect(uri=uri).list_namespaces() == []
    team.close()
    with psycopg.connect(team.server.uri(team.database, unique, "planted-limited")):
        _fails(lambda: team.connect(uri=uri), CATALOG_DENIED, "too many connections for role", "limit")


def test_tls_that_one_side_does_not_have(team, unique, monkeypatch):
    where = f"127.0.0.1:{team.server.port}/{team.database}"
    uri = f"postgresql://{team.server.user}@{where}?sslmode=require"
    _fails(lambda: team.connect(uri=uri), CATALOG_DENIED, "does not support SSL", "take `sslmode` out of `uri`")
    access = team.server.folder / "data/pg_hba.conf"
    before = access.read_text()
    monkeypatch.setenv("LAKE_PASSWORD", "planted-tls")
    team.server.execute(f"create user {unique} password 'planted-tls'")
    try:
        access.write_text(f"hostssl all {unique} all scram-sha-256\nhost all {unique} all reject\n{before}")
        team.server.execute("select pg_reload_conf()")
        uri = f"postgresql://{unique}@{where}"
        _fails(lambda: team.connect(uri=uri), CATALOG_DENIED, "no encryption", "`?sslmode=require`")
    finally:
        access.write_text(before)
        team.server.execute("select pg_reload_conf()")


def test_an_append_that_the_server_undoes_for_another_is_tried_again(team):
    team.server.execute(f"alter database {team.database} set default_transaction_isolation = serializable")
    catalog = team.connect()
    assert publish(team, catalog, [1]) == [1]
    with psycopg.connect(team.server.uri(team.database)) as other:

        def lock():
            other.execute("update iceberg_tables set metadata_location = metadata_location")
            threading.Timer(1, other.commit).start()  # ours waits for it, and can't be serialized then

        assert publish(team, catalog, [2], before_commit=lock) == [1, 2]
    folder = team.folder / "warehouse/shop/t/metadata"
    assert len(list(folder.glob("*.metadata.json"))) == 2, "what the refused attempt wrote is gone"
