"""Lists in pages."""

from __future__ import annotations

import pytest

from floe_sdk.testing import Change, repeated_page_token
from floe_sdk.testing.polaris_wire import CONFIG, LIST_NAMESPACES, LIST_TABLES

NAMES = [f"n{number}" for number in range(7)]


@pytest.fixture
def full(server, catalog):
    for name in NAMES:
        catalog.create_namespace(name)
    server.forget()
    return catalog


def test_all_pages_are_read(server, full):
    server.page_size = 2
    assert full.list_namespaces() == [(name,) for name in NAMES]
    assert [call.query.get("pageToken") for call in server.calls(LIST_NAMESPACES)] == [None, "2", "4", "6"]


def test_a_page_token_that_comes_again_ends_it(server, full, caplog):
    rule = server.misbehave(repeated_page_token(), LIST_NAMESPACES, times=50)
    assert full.list_namespaces() == [(name,) for name in NAMES]
    assert rule.used == 2
    assert "again and again" in caplog.text


def test_tokens_that_come_in_a_circle_end_it(server, full):
    for token in ("a", "b", "a", "b"):
        server.misbehave(repeated_page_token(token), LIST_NAMESPACES)
    assert full.list_namespaces() == [(name,) for name in NAMES]
    assert len(server.calls(LIST_NAMESPACES)) == 3


def test_so_it_is_with_tables(server, full):
    server.misbehave(repeated_page_token(), LIST_TABLES, times=50)
    assert full.list_tables("n1") == []
    assert len(server.calls(LIST_TABLES)) == 2


def test_tables_of_a_namespace_that_is_not_there(catalog):
    from pyiceberg.exceptions import NoSuchNamespaceError

    with pytest.raises(NoSuchNamespaceError):
        catalog.list_tables("nope")


def test_a_server_that_offers_no_views_has_none(server, target):
    from support.polaris import connected

    server.misbehave(
        Change(lambda answer: answer.with_json({**answer.json, "endpoints": ["GET /v1/{prefix}/x"]})), CONFIG
    )
    with connected(target) as catalog:
        assert catalog.list_views("n1") == []
