"""Tokens: renewed ahead of their end, by one thread, and after a failure again."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.polaris import connected, plugin

from floe_catalog_polaris.tokens import Token, Tokens
from floe_sdk import CATALOG_CREDENTIALS, CATALOG_UNREACHABLE, FloeError
from floe_sdk.testing import Answer, Cut, PolarisServer, Slow, redirect
from floe_sdk.testing.polaris_wire import CATALOG, LIST_NAMESPACES, TOKEN


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Provider:
    def __init__(self, seconds=100.0):
        self.seconds, self.given, self.fails = seconds, 0, False

    def __call__(self):
        if self.fails:
            raise FloeError(CATALOG_UNREACHABLE, "down")
        self.given += 1
        return Token(f"token-{self.given}", self.seconds)


@pytest.fixture
def clock():
    return Clock()


def test_a_token_is_renewed_ahead_of_its_end(clock):
    provider = Provider()
    tokens = Tokens(provider, 30, clock)
    assert [tokens.get(), tokens.get()] == ["token-1", "token-1"]
    clock.now += 69
    assert tokens.get() == "token-1"
    clock.now += 2
    assert tokens.get() == "token-2"


def test_the_margin_is_at_most_half_of_a_tokens_life(clock):
    tokens = Tokens(Provider(seconds=2), 60, clock)
    assert [tokens.get(), tokens.get()] == ["token-1", "token-1"]
    clock.now += 1.1
    assert tokens.get() == "token-2"


def test_a_failed_renewal_leaves_the_old_token_while_it_is_good_and_is_tried_again(clock):
    provider = Provider()
    tokens = Tokens(provider, 30, clock)
    tokens.get()
    provider.fails = True
    clock.now += 80
    assert tokens.get() == "token-1"
    provider.fails = False
    assert tokens.get() == "token-1"  # not with every call
    clock.now += 2
    assert tokens.get() == "token-2"


def test_a_failed_renewal_of_a_token_that_is_over_is_raised_and_armed_again(clock):
    provider = Provider()
    tokens = Tokens(provider, 30, clock)
    tokens.get()
    provider.fails = True
    clock.now += 200
    for _ in range(2):
        with pytest.raises(FloeError, match="down"):
            tokens.get()
    provider.fails = False
    assert tokens.get() == "token-2"


def test_a_token_of_unknown_life_is_kept_until_it_is_refused(clock):
    tokens = Tokens(Provider(seconds=None), 60, clock)
    tokens.get()
    clock.now += 1_000_000
    assert tokens.get() == "token-1"
    tokens.refused("token-0")
    assert tokens.get() == "token-1"
    tokens.refused("token-1")
    assert tokens.get() == "token-2"


def test_many_threads_have_one_token_fetched(server, catalog):
    server.access.revoke()
    server.forget()
    server.misbehave(Slow(0.2), TOKEN)
    barrier = threading.Barrier(8)

    def ask(_):
        barrier.wait()
        return catalog.list_namespaces()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [[]] * 8
    assert len(server.calls(TOKEN)) == 1


def test_tokens_that_live_two_seconds_are_renewed_before_the_server_refuses_one():
    with PolarisServer(token_seconds=2) as server, connected(_target(server)) as catalog:
        until = time.monotonic() + 3.2
        while time.monotonic() < until:
            catalog.list_namespaces()
            time.sleep(0.1)
        used = {call.headers["Authorization"] for call in server.calls(LIST_NAMESPACES)}
        assert len(used) >= 3
        assert len(server.calls(LIST_NAMESPACES)) <= 33  # none was refused and asked again


@pytest.mark.parametrize("status", [401, 419])
def test_a_refused_token_is_renewed_and_the_call_made_once_more(server, catalog, status):
    server.forget()
    server.misbehave(Answer(status), LIST_NAMESPACES)
    assert catalog.list_namespaces() == []
    first, second = server.calls(LIST_NAMESPACES)
    assert first.headers["Authorization"] != second.headers["Authorization"]
    assert len(server.calls(TOKEN)) == 1


@pytest.mark.parametrize("status", [401, 419])
def test_there_is_one_more_try_and_then_an_error(server, catalog, status):
    server.forget()
    server.misbehave(Answer(status), LIST_NAMESPACES, times=None)
    with pytest.raises(FloeError, match=rf"does not take a new token of client 'root'.*{status}") as caught:
        catalog.list_namespaces()
    assert caught.value.code is CATALOG_CREDENTIALS
    assert len(server.calls(LIST_NAMESPACES)) == 2


def test_after_a_failed_refresh_the_next_call_has_it_tried_again(server, catalog):
    server.access.revoke()
    rule = server.misbehave(Answer(401, b'{"error": "unauthorized_client"}'), TOKEN, times=None)
    for _ in range(2):
        with pytest.raises(FloeError, match="unauthorized_client"):
            catalog.list_namespaces()
    assert rule.used == 2
    server.behave()
    assert catalog.list_namespaces() == []


def test_the_call_for_a_token_survives_a_busy_server_and_a_cut_connection(server, target):
    server.misbehave(Answer(503), TOKEN)
    server.misbehave(Cut("before"), TOKEN)
    with connected(target) as catalog:
        assert catalog.list_namespaces() == []


def test_the_default_scope_is_that_of_polaris_roles(server, catalog):
    (call,) = server.calls(TOKEN)
    assert call.form["scope"] == "PRINCIPAL_ROLE:ALL"
    assert call.form["grant_type"] == "client_credentials"


def test_another_scope_is_sent_and_a_refused_one_is_explained(server, target):
    oauth2 = {**target.config()["oauth2"], "scope": "catalog"}
    with (
        pytest.raises(FloeError, match=r"invalid_scope.*with the scope 'catalog'") as caught,
        connected(target, oauth2=oauth2),
    ):
        pass
    assert "PRINCIPAL_ROLE:ALL" in caught.value.fix


def test_a_wrong_secret_names_the_client_and_never_the_secret(server, target):
    target.credential = "root:planted-wrong-secret"
    with pytest.raises(FloeError) as caught, connected(target):
        pass
    assert "unauthorized_client" in caught.value.problem
    assert "client 'root'" in caught.value.problem
    assert "planted" not in caught.value.render()


def test_another_identity_provider_gives_the_tokens(server, target):
    with PolarisServer() as provider:
        server.access = provider.access
        oauth2 = {**target.config()["oauth2"], "token_url": provider.token_uri}
        with connected(target, oauth2=oauth2) as catalog:
            assert catalog.list_namespaces() == []
        assert (len(provider.calls(TOKEN)), len(server.calls(TOKEN))) == (1, 0)


def test_a_token_endpoint_that_sends_elsewhere_is_not_followed(server, target):
    with PolarisServer() as thief:
        server.misbehave(redirect(thief.token_uri), TOKEN)
        with pytest.raises(FloeError, match="secret was not sent"), connected(target):
            pass
        assert thief.requests == []


def test_a_netrc_is_not_asked(server, target, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with connected(target) as catalog:
        catalog.list_namespaces()
    assert "Authorization" not in server.calls(TOKEN)[0].headers
    assert all(
        call.headers["Authorization"].startswith("Bearer ") for call in server.calls(CATALOG) if not TOKEN.match(call)
    )


def test_without_oauth2_nothing_is_sent_and_401_says_what_to_set(server, target):
    with pytest.raises(FloeError, match=r"asks for credentials \(status 401\) and has been given none") as caught:
        plugin(target, oauth2=None).catalog_connect(target.storage)
    assert "oauth2.client_id" in caught.value.fix
    assert len(server.calls(TOKEN)) == 0


def _target(server):
    from support.polaris import target_of

    return target_of(server)
