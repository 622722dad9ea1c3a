"""What a server may say of itself and of tables, and where credentials never go."""

from __future__ import annotations

import logging

import pytest
from support.polaris import connected

from floe_catalog_polaris.file_io import merged
from floe_sdk import CATALOG_ELSEWHERE, FloeError, redactor
from floe_sdk.testing import PolarisServer, overriding, redirect
from floe_sdk.testing.polaris_wire import CONFIG, CREATE_NAMESPACE, LIST_NAMESPACES, TOKEN


@pytest.fixture
def thief():
    with PolarisServer() as made:
        yield made


def test_a_server_that_overrides_its_address_is_not_followed(server, target, thief, caplog):
    more = {"uri": thief.catalog_uri, "oauth2-server-uri": thief.token_uri, "py-io-impl": "os.system"}
    more |= {"header.X-Evil": "1", "token": "planted-token", "credential": "a:b", "rest.sigv4-enabled": "true"}
    server.misbehave(overriding(**more), CONFIG)
    with caplog.at_level(logging.WARNING), connected(target) as catalog:
        server.access.revoke()
        assert catalog.list_namespaces() == []
        assert not set(more) - {"uri"} & set(catalog.properties)
        assert catalog.uri == server.catalog_uri
    assert thief.requests == []
    assert "X-Evil" not in server.requests[-1].headers
    assert "header.X-Evil" in caplog.text
    assert thief.uri not in caplog.text


def test_its_own_address_is_no_news(server, target, caplog):
    server.misbehave(overriding(uri=server.catalog_uri), CONFIG)
    with caplog.at_level(logging.WARNING), connected(target):
        pass
    assert caplog.text == ""


def test_what_a_server_may_override_counts(server, target):
    server.misbehave(overriding(prefix="lake", s3_region="eu-1"), CONFIG)
    with connected(target) as catalog:
        assert catalog.properties["s3-region"] == "eu-1" if "s3-region" in catalog.properties else True
        assert catalog.properties["prefix"] == "lake"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_origin_is_refused_and_nothing_is_sent_there(server, catalog, thief, status):
    server.misbehave(redirect(f"{thief.catalog_uri}/v1/lake/namespaces", status), LIST_NAMESPACES)
    with pytest.raises(FloeError, match=f"sends on to {thief.uri}; nothing was sent there") as caught:
        catalog.list_namespaces()
    assert caught.value.code is CATALOG_ELSEWHERE
    assert thief.requests == []


def test_a_redirect_of_the_config_is_refused_too(server, target, thief):
    server.misbehave(redirect(f"{thief.catalog_uri}/v1/config"), CONFIG)
    with pytest.raises(FloeError, match="sends on to"), connected(target):
        pass
    assert thief.requests == []


def test_a_redirect_within_the_origin_is_followed(server, catalog):
    server.misbehave(redirect(f"{server.catalog_uri}/v1/lake/namespaces?x=1"), LIST_NAMESPACES)
    assert catalog.list_namespaces() == []


def test_a_redirect_that_would_turn_a_change_into_a_question_is_refused(server, catalog):
    server.misbehave(redirect(f"{server.catalog_uri}/v1/lake/namespaces", 302), CREATE_NAMESPACE)
    with pytest.raises(FloeError):
        catalog.create_namespace("shop")


def test_a_next_page_is_asked_of_the_same_origin(server, catalog, thief):
    server.misbehave(redirect(f"{thief.token_uri}"), TOKEN)
    server.access.revoke()
    with pytest.raises(FloeError, match="not sent there"):
        catalog.list_namespaces()
    assert thief.requests == []


OWN = {
    "s3.endpoint": "http://client:9000",
    "s3.access-key-id": "mine",
    "s3.secret-access-key": "own-secret",
    "py-io-impl": "a.B",
}
SENT = {"s3.endpoint": "http://inside:9000", "s3.path-style-access": "true", "client.region": "eu-1", "write.x": "1"}
KEYS = {"s3.access-key-id": "theirs", "s3.secret-access-key": "planted-vended", "s3.session-token": "planted-session"}
EVIL = {"py-io-impl": "os.system", "s3.signer.uri": "http://evil", "s3.proxy-uri": "http://evil", "token": "planted"}


def test_own_places_and_keys_win_over_the_servers():
    found = merged(OWN, {**SENT, **KEYS, **EVIL}, vended=False)
    assert found == {**OWN, "s3.path-style-access": "true", "client.region": "eu-1"}


def test_vended_keys_win_and_own_places_stay():
    found = merged(OWN, {**SENT, **KEYS, **EVIL}, vended=True)
    assert found == {**OWN, "s3.path-style-access": "true", "client.region": "eu-1", **KEYS}


def test_vended_keys_are_known_to_the_redactor():
    merged({}, KEYS, vended=True)
    assert redactor.redact("planted-vended planted-session") == "*** ***"


def test_own_keys_serve_where_the_server_sends_none():
    assert merged(OWN, SENT, vended=True)["s3.access-key-id"] == "mine"
