"""Whose credentials open a table's files: the server's, the storage's, or none."""

from __future__ import annotations

import pytest
from support.polaris import connected, plugin, target_of

from floe_sdk import CREDENTIAL_VENDING, FloeError, Secret, StorageAccess
from floe_sdk.testing import Answer, PolarisServer
from floe_sdk.testing.polaris_wire import CREATE_TABLE, DELEGATION_HEADER

S3 = {"storageType": "S3", "endpoint": "http://inside:9000", "pathStyleAccess": True}
KEYS = {"s3.access-key-id": "planted-key", "s3.secret-access-key": "planted-secret-of-s3"}
STATIC = {"s3.access-key-id": "mine", "s3.secret-access-key": "planted-mine"}


def s3_server(**options):
    storage = {**S3, "stsUnavailable": options.pop("sts_unavailable", False)}
    return PolarisServer(base_location="s3://lake/wh", storage=storage, **options)


def s3_target(server, file_io=None):
    return target_of(server, "s3://lake/wh", file_io=file_io or {})


def sent(server):
    return {call.headers.get(DELEGATION_HEADER) for call in server.requests if "/lake/" in call.path}


@pytest.mark.parametrize(
    ("root", "file_io", "configured", "asked"),
    [
        ("file:///warehouse", {}, None, ""),
        ("file:///warehouse", {}, True, ""),
        ("s3://lake/wh", {}, None, "vended-credentials"),
        ("s3://lake/wh", STATIC, None, ""),
        ("s3://lake/wh", STATIC, True, "vended-credentials"),
        ("s3://lake/wh", {}, False, ""),
    ],
)
def test_the_mode_follows_the_storage_unless_it_is_configured(root, file_io, configured, asked):
    base = {"base_location": root, "vends": KEYS}
    with PolarisServer(**base) as server:
        target = target_of(server, root, file_io=file_io)
        with connected(target, credential_vending_enabled=configured) as catalog:
            catalog.namespace_exists("shop")
        assert sent(server) == {asked}


def test_vending_that_the_server_can_do_is_found_out_when_connecting():
    with s3_server(vends=KEYS) as server:
        with connected(s3_target(server)) as catalog:
            catalog.create_namespace("shop")
        server.forget()
        with connected(s3_target(server)):
            pass
        (probe,) = server.calls(CREATE_TABLE)
        assert probe.json["stage-create"] is True


@pytest.mark.parametrize("options", [{"sts_unavailable": True}, {"vends": {}}], ids=["sts unavailable", "nothing sent"])
def test_vending_that_it_can_not_do_is_explained_when_connecting(options):
    with s3_server(**options) as server:
        with connected(s3_target(server), credential_vending_enabled=False) as catalog:
            catalog.create_namespace("shop")
        with pytest.raises(FloeError, match="hands out no storage credentials") as caught, connected(s3_target(server)):
            pass
    assert caught.value.code is CREDENTIAL_VENDING
    assert "credential_vending_enabled: false" in caught.value.fix


def test_without_a_namespace_the_first_table_tells():
    with s3_server(sts_unavailable=True) as server, connected(s3_target(server)) as catalog:
        catalog.create_namespace("shop")
        with pytest.raises(FloeError) as caught:
            catalog.load_table(("shop", "t"))
    assert caught.value.code is CREDENTIAL_VENDING
    assert "table shop.t" in caught.value.problem


def test_who_may_not_create_tables_can_still_connect():
    with s3_server(vends=KEYS) as server:
        with connected(s3_target(server)) as catalog:
            catalog.create_namespace("shop")
        server.misbehave(Answer(403), CREATE_TABLE)
        with connected(s3_target(server)) as catalog:
            assert catalog.list_namespaces() == [("shop",)]


def test_static_keys_pass_where_the_server_has_none_to_hand_out():
    with s3_server(sts_unavailable=True) as server, connected(s3_target(server, STATIC)) as catalog:
        catalog.create_namespace("shop")
        assert catalog.list_tables("shop") == []


def test_other_engines_are_told_the_same(target):
    access = plugin(target, realm="acme").catalog_access(StorageAccess(root="s3://lake/wh/"))
    assert access.type == "rest"
    secret = access.properties.pop("client-secret")
    assert isinstance(secret, Secret)
    assert access.properties == {
        "uri": target.uri,
        "warehouse": "lake",
        "oauth2-server-uri": f"{target.uri}/v1/oauth/tokens",
        "scope": "PRINCIPAL_ROLE:ALL",
        "client-id": "root",
        "header.Polaris-Realm": "acme",
        "header.X-Iceberg-Access-Delegation": "vended-credentials",
    }
