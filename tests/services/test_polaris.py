"""The Polaris catalog on a server: the one whose address is given, or the reference server behind Polaris' protocol."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pyarrow as pa
import pytest
from pyiceberg.exceptions import CommitFailedException, NamespaceAlreadyExistsError, NoSuchTableError, RESTError
from pyiceberg.table.update import UpgradeFormatVersionUpdate
from support.polaris import connected, plugin

from floe_sdk import CATALOG_CREDENTIALS, CATALOG_REALM, FORMAT_VERSION, WAREHOUSE_MISSING, FloeError
from floe_sdk.testing.polaris_wire import DROP_TABLE

SCHEMA = pa.schema([("x", pa.int64())])


def rows(*values):
    return pa.table({"x": list(values)}, SCHEMA)


@pytest.fixture
def catalog(target, unique):
    with connected(target) as made:
        made.create_namespace(unique)
        yield made
        with suppress(RESTError, FloeError):
            for name in made.list_tables(unique):
                made.drop_table(name)
            made.drop_namespace(unique)


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
        for purge in (False, True):
            catalog.create_table((unique, "t"), schema=SCHEMA, location=f"{proxied.storage.root}{unique}/t{purge}")
            (catalog.purge_table if purge else catalog.drop_table)((unique, "t"))
        assert [call.query["purgeRequested"].lower() for call in polaris.calls(DROP_TABLE)] == ["false", "true"]


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


def test_a_catalog_is_provisioned_and_the_second_time_nothing(target, unique):
    root = f"{target.root.rstrip('/').rpartition('/')[0]}/{unique}"
    fresh = replace(target, warehouse=unique, root=root)
    made = plugin(fresh)
    expected = [f"create the catalog {unique} ({'S3' if root.startswith('s3') else 'FILE'}, {root})"]
    expected.append(f"create the namespace {unique}")
    for dry_run in (True, False):
        assert list(made.catalog_provision([unique], dry_run, fresh.storage)) == expected
    assert list(made.catalog_provision([unique], False, fresh.storage)) == []
    made.plugin_close()
    with connected(fresh) as catalog:
        assert (unique,) in catalog.list_namespaces()
        table = catalog.create_table((unique, "t"), schema=SCHEMA, location=f"{root}/{unique}/t")
        table.append(rows(1))
        assert catalog.load_table((unique, "t")).scan().to_arrow().num_rows == 1
