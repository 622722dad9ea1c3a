"""Catalogs that are provisioned on a server: the one whose address is given, or the one of the test kit.

Those on S3 hold no table: the management API asks no storage, so any server will do that takes catalogs on S3.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pyarrow as pa
import pytest
from support.polaris import connected, plugin
from support.polaris_given import clearing, remove_files

from floe_sdk import CATALOG_FORBIDDEN, CATALOG_PROVISION, FloeError, StorageAccess

SCHEMA = pa.schema([("x", pa.int64())])
KEYS = {"s3.access-key-id": "planted-key", "s3.secret-access-key": "planted-secret"}
PLACE = {"s3.endpoint": "http://s3.example.com:9000", "s3.region": "eu-1"}
INSIDE = "http://inside.example.com:9000"


class Fresh:
    """A catalog that is not there yet, on S3."""

    def __init__(self, target, admin, name):
        self.target, self.admin, self.name = replace(target, warehouse=name), admin, name
        self.root = f"s3://{name}/wh"
        admin.removes(name)

    def provision(self, *namespaces, dry_run=False, inside=INSIDE, root=None, keys=True, **config):
        """Provision it; what was changed."""
        file_io = {**PLACE, **(KEYS if keys else {})}
        storage = StorageAccess(root=f"{root or self.root}/", file_io=file_io, endpoint_internal=inside)
        made = plugin(self.target, **config)
        try:
            return list(made.catalog_provision(namespaces, dry_run, storage))
        finally:
            made.plugin_close()

    @property
    def info(self):
        return self.admin.catalog(self.name)["storageConfigInfo"]


@pytest.fixture
def fresh(target, admin, unique):
    made = Fresh(target, admin, unique)
    yield made
    with connected(replace(made.target, root=f"{made.root}/"), credential_vending_enabled=False) as catalog:
        if catalog.namespace_exists(unique):
            catalog.drop_namespace(unique)


def test_what_is_missing_is_made_and_the_second_time_nothing(fresh, unique):
    expected = [f"create the catalog {unique} (S3, {fresh.root})", f"create the namespace {fresh.name}"]
    assert fresh.provision(fresh.name, dry_run=True) == expected
    assert fresh.provision(fresh.name) == expected
    assert fresh.provision(fresh.name) == fresh.provision(fresh.name, dry_run=True) == []
    wanted = {"storageType": "S3", "allowedLocations": [fresh.root], "region": "eu-1", "pathStyleAccess": True}
    wanted |= {"endpoint": PLACE["s3.endpoint"], "endpointInternal": INSIDE, "stsUnavailable": True}
    assert wanted.items() <= fresh.info.items()


def test_a_dry_run_makes_nothing(fresh):
    fresh.provision(fresh.name, dry_run=True)
    assert fresh.admin.call("GET", f"/catalogs/{fresh.name}").status_code == 404
    fresh.provision()


def test_what_differs_is_changed_and_what_others_set_stays(fresh):
    fresh.provision()
    catalog = fresh.admin.catalog(fresh.name)
    allowed = [*catalog["storageConfigInfo"]["allowedLocations"], f"s3://{fresh.name}/archive"]
    info = {**catalog["storageConfigInfo"], "allowedLocations": allowed}
    fresh.admin.change(fresh.name, properties={**catalog["properties"], "theirs": "1"}, storageConfigInfo=info)
    line = "storageConfigInfo.endpointInternal from http://inside.example.com:9000 to http://other.example.com"
    for dry_run in (True, False):
        changes = fresh.provision(fresh.name, dry_run=dry_run, inside="http://other.example.com")
        assert changes == [f"change the catalog {fresh.name}: {line}", f"create the namespace {fresh.name}"]
    assert fresh.info["endpointInternal"] == "http://other.example.com"
    assert sorted(fresh.info["allowedLocations"]) == sorted(allowed)
    after = fresh.admin.catalog(fresh.name)
    assert after["properties"]["theirs"] == "1"
    assert after["entityVersion"] == catalog["entityVersion"] + 2


def test_a_broader_place_gets_the_base_beside_it(fresh):
    """A place above the base alone is not enough: the server makes no namespace then."""
    fresh.provision()
    fresh.admin.change(fresh.name, storageConfigInfo={**fresh.info, "allowedLocations": [f"s3://{fresh.name}"]})
    assert fresh.provision(fresh.name)[-1] == f"create the namespace {fresh.name}"
    assert sorted(fresh.info["allowedLocations"]) == [f"s3://{fresh.name}", fresh.root]


def test_several_at_once_end_with_one_catalog(fresh):
    with ThreadPoolExecutor(4) as pool:
        lines = [line for said in pool.map(lambda _: fresh.provision(fresh.name), range(4)) for line in said]
    assert sorted(lines) == [
        f"create the catalog {fresh.name} (S3, {fresh.root})",
        f"create the namespace {fresh.name}",
    ]


def test_a_server_that_hands_out_credentials_lets_the_catalogs_role_use_them(fresh):
    vending = {"keys": False, "storage_role_arn": "arn:aws:iam::123456789012:role/lake", "storage_external_id": "floe"}
    grant = f"grant CATALOG_MANAGE_CONTENT on the catalog {fresh.name} to its role catalog_admin"
    assert fresh.provision(dry_run=True, **vending)[1:] == fresh.provision(**vending)[1:] == [grant]
    assert fresh.provision(**vending) == []
    assert (fresh.info["roleArn"], fresh.info["externalId"]) == (vending["storage_role_arn"], "floe")
    assert not fresh.info.get("stsUnavailable")
    assert "CATALOG_MANAGE_CONTENT" in fresh.admin.privileges(fresh.name)


def test_overlapping_catalogs_are_explained(fresh, target):
    fresh.provision()
    other = Fresh(target, fresh.admin, f"{fresh.name}_other")
    with pytest.raises(FloeError, match=r"refused \(400\).*overlaps with an existing catalog") as caught:
        other.provision(root=f"{fresh.root}/below")
    assert caught.value.code is CATALOG_PROVISION


def test_who_may_not_manage_catalogs_is_named(fresh):
    fresh.provision()
    stranger = Fresh(replace(fresh.target, credential=fresh.admin.principal(fresh.name)), fresh.admin, fresh.name)
    client = stranger.target.credential.partition(":")[0]
    with pytest.raises(FloeError, match=f"client '{client}' may not GET /catalogs/{fresh.name}") as caught:
        stranger.provision()
    assert caught.value.code is CATALOG_FORBIDDEN
    assert "service_admin" in caught.value.fix


def test_tables_are_written_in_a_catalog_that_was_provisioned(target, admin, unique):
    """Beside the given catalog's own place; a catalog that has a whole bucket leaves no room there."""
    parent, _, last = target.root.rstrip("/").rpartition("/")
    if parent.endswith("/") and not parent.startswith("file:"):
        pytest.skip(f"{target.root} is a whole bucket: there is no place for another catalog beside it")
    fresh = replace(target, warehouse=unique, root=f"{parent}/{last}_{unique}")
    admin.removes(unique)
    made = plugin(fresh)
    expected = f"create the catalog {unique} ({'S3' if fresh.root.startswith('s3') else 'FILE'}, {fresh.root})"
    for dry_run in (True, False):
        changes = list(made.catalog_provision([unique], dry_run, fresh.storage))
        assert (changes[0], changes[-1]) == (expected, f"create the namespace {unique}")
    assert list(made.catalog_provision([unique], False, fresh.storage)) == []
    made.plugin_close()
    with connected(fresh) as catalog, clearing(catalog, fresh, unique):
        table = catalog.create_table((unique, "t"), schema=SCHEMA, location=f"{fresh.root}/{unique}/t")
        table.append(pa.table({"x": [1]}, SCHEMA))
        assert catalog.load_table((unique, "t")).scan().to_arrow().num_rows == 1
    remove_files(fresh)
