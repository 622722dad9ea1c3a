"""Connecting and asking how the server is: what a reader is told of each thing that can be wrong."""

from __future__ import annotations

import time

import pytest
from pyiceberg.exceptions import NoSuchTableError
from support.polaris import connected, plugin, target_of

from floe_sdk import (
    CATALOG_CREDENTIALS,
    CATALOG_FORBIDDEN,
    CATALOG_LOCATION,
    CATALOG_REALM,
    CATALOG_REFUSED,
    CATALOG_UNREACHABLE,
    METADATA_MISSING,
    WAREHOUSE_MISSING,
    FloeError,
    StorageAccess,
)
from floe_sdk.testing import Answer, Change, Cut, PolarisServer, Slow, offering
from floe_sdk.testing.polaris_wire import CATALOG, CONFIG, LIST_NAMESPACES, LOAD_TABLE, VERSIONS, config, error
from floe_sdk.testing.polaris_wire import TOKEN as TOKEN_CALL


@pytest.mark.parametrize("version", VERSIONS)
def test_the_recorded_config_answers_are_understood(server, target, recorded, version):
    body = (recorded / f"config-{version}.json").read_bytes()
    server.misbehave(Answer(200, body), CONFIG)
    target.root = "file:///warehouse/c7" if version == "1.7.0" else "file:///warehouse/filecat"
    with connected(target) as catalog:
        assert catalog.properties["prefix"] == "filecat"
        assert catalog.url("namespaces") == f"{server.catalog_uri}/v1/filecat/namespaces"


@pytest.mark.parametrize("version", VERSIONS)
def test_the_server_for_tests_lists_what_the_real_ones_listed(recorded, version):
    answer = Answer(200, (recorded / f"config-{version}.json").read_bytes()).json
    base = answer["defaults"]["default-base-location"]
    ours = config(version, "filecat", base)
    assert sorted(ours["endpoints"]) == sorted(answer["endpoints"])
    assert {key: ours[key] for key in ("defaults", "overrides")} == {
        key: answer[key] for key in ("defaults", "overrides")
    }


def test_unknown_verbs_of_the_endpoints_are_left_out(server, target):
    server.misbehave(offering("PUT /polaris/v1/x", "QUERY /v1/{prefix}/y", "nonsense", ""), CONFIG)
    with connected(target) as catalog:
        assert catalog.list_namespaces() == []


def test_endpoints_that_are_no_list_are_no_endpoints(server, target):
    server.misbehave(Change(lambda answer: answer.with_json({**answer.json, "endpoints": {"a": 1}})), CONFIG)
    with connected(target) as catalog:
        assert catalog.list_namespaces() == []


def test_a_config_that_is_forbidden_says_who_may_not_what(server, target):
    server.misbehave(Answer(403), CONFIG)
    with pytest.raises(FloeError, match="client 'root' may not use the catalog 'lake'") as caught, connected(target):
        pass
    assert caught.value.code is CATALOG_FORBIDDEN


def test_a_config_that_needs_authentication_is_asked_with_a_token(server, catalog):
    assert [call.path.rpartition("/")[2] for call in server.requests[:2]] == ["tokens", "config"]
    assert server.calls(CONFIG)[0].headers["Authorization"].startswith("Bearer polaris-token-")


def test_a_missing_warehouse_is_not_called_a_problem_of_credentials(server, target):
    with pytest.raises(FloeError, match="has no catalog 'nope'") as caught, connected(target, warehouse="nope"):
        pass
    assert caught.value.code is WAREHOUSE_MISSING
    assert "floe catalog provision" in caught.value.fix


def test_the_realm_is_sent_with_every_call_also_for_the_token():
    with PolarisServer(realm="acme", needs_realm=True) as server, connected(target_of(server), realm="acme") as catalog:
        catalog.create_namespace("shop")
        assert catalog.namespace_exists("shop")
        assert {call.headers["Polaris-Realm"] for call in server.requests} == {"acme"}
        assert TOKEN_CALL.match(server.requests[0])


def test_the_realms_header_may_have_another_name(server, target):
    with connected(target, realm="POLARIS", realm_header="X-Realm"):
        assert {call.headers["X-Realm"] for call in server.requests} == {"POLARIS"}


@pytest.mark.parametrize(("realm", "shown"), [(None, "no realm"), ("wrong", "Polaris-Realm: wrong")])
def test_a_missing_or_wrong_realm_is_named(realm, shown):
    with PolarisServer(realm="acme", needs_realm=True) as server:
        with pytest.raises(FloeError) as caught, connected(target_of(server), realm=realm):
            pass
        assert caught.value.code is CATALOG_REALM
        assert shown in caught.value.problem


def test_a_storage_outside_of_the_catalogs_place_is_refused(target):
    target.root = "file:///warehouse-2"
    with (
        pytest.raises(FloeError, match=r"outside of file:///warehouse, where the catalog 'lake'") as caught,
        connected(target),
    ):
        pass
    assert caught.value.code is CATALOG_LOCATION


@pytest.mark.parametrize("root", ["file:///warehouse", "file:/warehouse/below"])
def test_a_storage_at_or_below_it_is_not(target, root):
    made = plugin(target)
    made.catalog_connect(StorageAccess(root=root.replace("file:/w", "file:///w") + "/"))
    made.plugin_close()


@pytest.mark.parametrize(
    "fault", [Answer(503), Answer(502), Answer(429, headers={"Retry-After": "0"}), Cut("before")], ids=str
)
def test_a_busy_server_is_asked_again(server, catalog, fault):
    server.misbehave(fault, LIST_NAMESPACES, times=2)
    assert catalog.list_namespaces() == []


@pytest.mark.parametrize("status", [404, 500])
def test_metadata_that_is_gone_is_no_table_that_is_not_there(server, catalog, status):
    """Polaris says 404 then, too; the table would be made anew over what is left of it."""
    file = "s3://lake/shop/t/metadata/00001-a.metadata.json"
    gone = error(status, "NotFoundException", f"Location does not exist: {file}")
    server.misbehave(gone, LOAD_TABLE, times=None)
    with pytest.raises(FloeError) as caught:
        catalog.load_table(("shop", "t"))
    assert caught.value.code is METADATA_MISSING
    assert file in caught.value.problem
    server.behave()
    server.misbehave(error(404, "NoSuchTableException", "Table does not exist: shop.t"), LOAD_TABLE)
    with pytest.raises(NoSuchTableError):
        catalog.load_table(("shop", "t"))


@pytest.mark.parametrize("said", ["Unable to find catalog lake", "Unable to find matching target resource method"])
def test_whatever_else_is_not_found_is_neither_lost_metadata_nor_a_new_table(server, catalog, said):
    """Polaris gives it the same type; the remedy for lost metadata would take the table out of the catalog."""
    server.misbehave(error(404, "NotFoundException", said), LOAD_TABLE, times=None)
    server.misbehave(error(404, "NotFoundException", said), LIST_NAMESPACES, times=None)
    for asked in (lambda: catalog.load_table(("shop", "t")), catalog.list_namespaces):
        with pytest.raises(FloeError) as caught:
            asked()
        assert caught.value.code is CATALOG_REFUSED
        assert said in caught.value.problem


@pytest.mark.parametrize("fault", [Answer(503), Cut("before")], ids=str)
def test_asking_again_is_said_once(server, catalog, caplog, fault):
    for _ in range(2):
        server.misbehave(fault, LIST_NAMESPACES, times=2)
        assert catalog.list_namespaces() == []
    (said,) = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert said.startswith(f"the catalog's server at {server.uri} is asked again: ")


def test_how_often_is_configured(server, target):
    with connected(target, max_retries=1) as catalog:
        rule = server.misbehave(Answer(503), LIST_NAMESPACES, times=None)
        with pytest.raises(FloeError) as caught:
            catalog.list_namespaces()
    assert (caught.value.code, rule.used) == (CATALOG_UNREACHABLE, 2)


def test_a_slow_server_is_given_up_after_the_read_timeout(server, target):
    with connected(target, read_timeout_seconds=0.3, max_retries=3) as catalog:
        slow = server.misbehave(Slow(20), LIST_NAMESPACES, times=None)
        began = time.monotonic()
        with pytest.raises(FloeError, match="no answer in time"):
            catalog.list_namespaces()
        assert time.monotonic() - began < 10
    assert slow.used == 1, "asking again would have it begin anew"


def test_something_that_is_no_catalog_is_said_to_be_none(server, target):
    target.uri = f"{server.uri}/elsewhere"
    with pytest.raises(FloeError, match="no token") as caught, connected(target):
        pass
    assert "token_url" in caught.value.fix
    with pytest.raises(FloeError, match="no Iceberg REST catalog at") as caught, connected(target, oauth2=None):
        pass
    assert caught.value.code is CATALOG_REFUSED


def test_an_answer_that_is_no_document_is_explained(server, catalog):
    server.misbehave(Answer(200, b"<html>log in</html>"), LIST_NAMESPACES)
    with pytest.raises(FloeError, match="no Iceberg REST catalog"):
        catalog.list_namespaces()


def test_the_health_of_a_server_that_is_well(target):
    health = plugin(target).plugin_health(5)
    assert health.ok
    assert health.message == f"'lake' at {target.uri.removesuffix('/api/catalog')}: 0 namespaces"
    assert 0 < health.seconds < 5


def _down(server, target):
    server.stop()


def _wrong_secret(server, target):
    target.credential = "root:planted-wrong"


def _no_warehouse(server, target):
    target.warehouse = "nope"


def _not_allowed(server, target):
    target.credential = f"{server.stranger.id}:{server.stranger.secret}"


def _unwell(server, target):
    server.misbehave(Answer(500), CONFIG)


@pytest.mark.parametrize(
    ("spoil", "code", "text"),
    [
        (_down, CATALOG_UNREACHABLE, "can't be reached: the connection was refused"),
        (_wrong_secret, CATALOG_CREDENTIALS, "unauthorized_client"),
        (_no_warehouse, WAREHOUSE_MISSING, "has no catalog 'nope' (the client and its secret are fine)"),
        (_not_allowed, CATALOG_FORBIDDEN, "client 'stranger' may not list the namespaces of 'lake'"),
        (_unwell, CATALOG_UNREACHABLE, "is not well: status 500"),
    ],
)
def test_health_tells_apart_what_is_wrong(server, target, spoil, code, text):
    spoil(server, target)
    health = plugin(target).plugin_health(5)
    assert not health.ok
    assert text in health.message
    assert (health.code, bool(health.fix)) == (code.id, True)
    assert "planted" not in health.message


def test_health_ends_in_time(server, target):
    server.misbehave(Slow(20), CATALOG)
    began = time.monotonic()
    health = plugin(target).plugin_health(0.5)
    assert not health.ok
    assert time.monotonic() - began < 10
