"""The Polaris catalog on a server: the one whose address is given, or the reference server behind Polaris' protocol."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import (
    CommitFailedException,
    NamespaceAlreadyExistsError,
    NamespaceNotEmptyError,
    NoSuchTableError,
)
from pyiceberg.table.update import UpgradeFormatVersionUpdate
from support.polaris import connected, plugin

from floe_sdk import (
    CATALOG_CREDENTIALS,
    CATALOG_FORBIDDEN,
    CATALOG_LOCATION,
    CATALOG_REALM,
    FORMAT_VERSION,
    WAREHOUSE_MISSING,
    FloeError,
)
from floe_sdk.testing.polaris_wire import DROP_TABLE

SCHEMA = pa.schema([("x", pa.int64())])


def rows(*values):
    return pa.table({"x": list(values)}, SCHEMA)


@pytest.fixture
def table(catalog, target, unique):
    location = f"{target.storage.root}{unique}/t"
    return catalog.create_table((unique, "t"), schema=SCHEMA, location=location)


def test_namespaces_are_made_once_found_and_dropped(catalog, unique):
    assert catalog.namespace_exists(unique)
    assert (unique,) in catalog.list_namespaces()
    with pytest.raises(NamespaceAlreadyExistsError):
        catalog.create_namespace(unique)
    catalog.create_namespace(f"{unique}_b", {"owner": "floe"})
    assert catalog.load_namespace_properties(f"{unique}_b")["owner"] == "floe"
    catalog.drop_namespace(f"{unique}_b")
    assert not catalog.namespace_exists(f"{unique}_b")


def test_a_table_is_written_read_renamed_and_dropped(catalog, table, unique):
    table.append(rows(1, 2))
    table.append(rows(3))
    loaded = catalog.load_table((unique, "t"))
    assert sorted(loaded.scan().to_arrow()["x"].to_pylist()) == [1, 2, 3]
    assert catalog.list_tables(unique) == [(unique, "t")]
    catalog.rename_table((unique, "t"), (unique, "t2"))
    assert catalog.table_exists((unique, "t2"))
    catalog.drop_table((unique, "t2"))
    with pytest.raises(NoSuchTableError):
        catalog.load_table((unique, "t2"))


def test_a_commit_that_another_was_faster_with_is_refused(catalog, table, unique):
    ours, theirs = catalog.load_table((unique, "t")), catalog.load_table((unique, "t"))
    theirs.append(rows(1))
    with ours.transaction() as unretried:
        unretried.set_properties({"commit.retry.num-retries": "0"})
    ours = catalog.load_table((unique, "t"))
    catalog.load_table((unique, "t")).append(rows(2))
    with pytest.raises(CommitFailedException):
        ours.append(rows(3))
    assert sorted(catalog.load_table((unique, "t")).scan().to_arrow()["x"].to_pylist()) == [1, 2]


def test_dropping_a_table_leaves_its_files(catalog, table, unique):
    table.append(rows(1))
    (file,) = [task.file.file_path for task in table.scan().plan_files()]
    catalog.drop_table((unique, "t"))
    assert table.io.new_input(file).exists()


def test_dropping_says_outright_that_nothing_is_purged(polaris, proxied, unique):
    with connected(proxied) as catalog:
        catalog.create_namespace(unique)
        catalog.create_table((unique, "t"), schema=SCHEMA)
        catalog.drop_table((unique, "t"))
        assert [call.query["purgeRequested"].lower() for call in polaris.calls(DROP_TABLE)] == ["false"]


def test_purging_is_refused_unless_the_catalog_allows_it(catalog, table, unique):
    refused = None
    try:
        catalog.purge_table((unique, "t"))
    except FloeError as error:
        refused = error
    if refused is None:
        pytest.skip("this server allows it (DROP_WITH_PURGE_ENABLED)")
    assert "DROP_WITH_PURGE_ENABLED" in refused.problem
    assert "polaris.config.drop-with-purge.enabled" in refused.fix
    assert catalog.table_exists((unique, "t"))


def test_a_table_outside_of_its_namespaces_place_is_refused_as_such(catalog, target, unique):
    with pytest.raises(FloeError, match="Invalid locations") as caught:
        catalog.create_table((unique, "t"), schema=SCHEMA, location=f"{target.storage.root}{unique}_other/t")
    assert caught.value.code is CATALOG_LOCATION
    assert "default-base-location" in caught.value.fix


def test_a_table_inside_of_another_is_refused_as_such(catalog, table, unique):
    with pytest.raises(FloeError, match="conflicts with existing table or namespace") as caught:
        catalog.create_table((unique, "inner"), schema=SCHEMA, location=f"{table.location()}/inner")
    assert caught.value.code is CATALOG_LOCATION


def test_names_that_an_address_has_to_spell_otherwise(catalog, target, unique):
    for number, name in enumerate(("Größe", "two words", "a=b&c", "ünïcödé_1")):
        location = f"{target.storage.root}{unique}/t{number}"
        catalog.create_table((unique, name), schema=SCHEMA, location=location).append(rows(number))
        assert catalog.load_table((unique, name)).scan().to_arrow()["x"].to_pylist() == [number]
        assert (unique, name) in catalog.list_tables(unique)
        catalog.drop_table((unique, name))
    assert catalog.list_tables(unique) == []


def test_namespaces_of_several_levels(catalog, unique):
    inner = (unique, "inner")
    catalog.create_namespace(inner)
    try:
        assert catalog.namespace_exists(inner)
        assert inner in catalog.list_namespaces((unique,))
        assert inner not in catalog.list_namespaces()
        assert catalog.list_tables(inner) == []
        with pytest.raises(NamespaceNotEmptyError):
            catalog.drop_namespace(unique)
    finally:
        catalog.drop_namespace(inner)


def test_a_token_that_the_server_does_not_take_is_renewed(catalog, unique):
    tokens = catalog.connection.tokens
    tokens._token = "planted-no-token"
    assert catalog.namespace_exists(unique)
    assert tokens.get() != "planted-no-token"


def test_without_credentials_it_is_said_what_to_set(target):
    with pytest.raises(FloeError, match="asks for credentials") as caught, connected(target, oauth2=None):
        pass
    assert caught.value.code is CATALOG_CREDENTIALS
    assert "oauth2.client_id" in caught.value.fix


def test_another_client_reaches_the_tables_by_what_it_is_told(catalog, table, target, unique):
    table.append(rows(1, 2))
    access = plugin(target).catalog_access(target.storage)
    secret = {"client-id": target.credential.partition(":")[0], "client-secret": target.secret}
    told = {**access.properties, **secret, **target.file_io}
    told["credential"] = f"{told.pop('client-id')}:{told.pop('client-secret')}"
    with RestCatalog("another", **told) as other:
        assert other.load_table((unique, "t")).scan().to_arrow().num_rows == 2


def test_a_client_that_may_nothing_is_named(admin, target, unique):
    spoilt = replace(target, credential=admin.principal(unique))
    client = spoilt.credential.partition(":")[0]
    health = plugin(spoilt).plugin_health(20)
    assert f"client '{client}' may not list the namespaces of '{target.warehouse}'" in health.message
    with connected(spoilt, credential_vending_enabled=False) as catalog, pytest.raises(FloeError) as caught:
        catalog.create_namespace(unique)
    assert caught.value.code is CATALOG_FORBIDDEN


def test_a_table_of_format_version_3_is_not_changed(catalog, table, unique):
    with pytest.raises(FloeError) as caught:
        catalog.commit_table(table, (), (UpgradeFormatVersionUpdate(format_version=3),))
    assert caught.value.code is FORMAT_VERSION


def test_the_health_of_the_server(target):
    health = plugin(target).plugin_health(20)
    assert health.ok, health.message
    assert health.seconds > 0


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        ({"credential": "planted-nobody:planted-wrong"}, CATALOG_CREDENTIALS, "unauthorized_client"),
        ({"warehouse": "no_such_warehouse"}, WAREHOUSE_MISSING, "has no catalog 'no_such_warehouse'"),
        ({"realm": "no-such-realm"}, CATALOG_REALM, "Polaris-Realm: no-such-realm"),
    ],
)
def test_what_is_wrong_is_told_apart(target, change, code, text):
    spoilt = replace(target, **change)
    health = plugin(spoilt).plugin_health(20)
    assert not health.ok
    assert text in health.message
    with pytest.raises(FloeError) as caught, connected(spoilt):
        pass
    assert caught.value.code is code


def test_a_scope_that_the_server_does_not_know(target):
    oauth2 = {**target.config()["oauth2"], "scope": "catalog"}
    with pytest.raises(FloeError, match="invalid_scope") as caught, connected(target, oauth2=oauth2):
        pass
    assert "PRINCIPAL_ROLE:ALL" in caught.value.fix
