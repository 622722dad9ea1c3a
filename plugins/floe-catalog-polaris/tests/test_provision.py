"""`floe catalog provision`: the server's catalog is compared and changed, never only made."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from support.polaris import plugin, target_of

from floe_sdk import CATALOG_FORBIDDEN, CATALOG_PROVISION, CATALOG_REALM, FloeError, StorageAccess
from floe_sdk.testing import Answer, Cut, PolarisServer
from floe_sdk.testing.faults import Fault
from floe_sdk.testing.polaris_wire import MANAGEMENT, unknown_realm
from floe_sdk.testing.traffic import Calls

S3 = StorageAccess(
    root="s3://lake/wh/",
    file_io={
        "s3.endpoint": "http://outside:9000",
        "s3.region": "eu-1",
        "s3.access-key-id": "k",
        "s3.secret-access-key": "s",
    },
    endpoint_internal="http://inside:9000",
)
POST = Calls("POST", "/catalogs$")
PUT = Calls("PUT", "/catalogs/lake$")


@pytest.fixture
def server():
    with PolarisServer(catalog=None) as made:
        yield made


def provision(target, storage=S3, *, dry_run=False, namespaces=("shop",), **changes):
    made = plugin(target, **changes)
    try:
        return list(made.catalog_provision(namespaces=namespaces, dry_run=dry_run, storage=storage))
    finally:
        made.plugin_close()


@pytest.fixture
def target(server):
    return target_of(server, "s3://lake/wh")


def changing(server):
    return [call for call in server.requests if call.method not in ("GET", "HEAD") and "oauth" not in call.path]


def test_what_is_missing_is_made_and_the_second_time_nothing(server, target):
    first = provision(target)
    assert first == ["create the catalog lake (S3, s3://lake/wh)", "create the namespace shop"]
    made = server.catalogs.get("lake")
    assert made.pop("createTimestamp")
    assert made == {
        "type": "INTERNAL",
        "name": "lake",
        "properties": {"default-base-location": "s3://lake/wh"},
        "storageConfigInfo": {
            "storageType": "S3",
            "allowedLocations": ["s3://lake/wh"],
            "region": "eu-1",
            "endpoint": "http://outside:9000",
            "endpointInternal": "http://inside:9000",
            "pathStyleAccess": True,
            "stsUnavailable": True,
        },
        "entityVersion": 1,
    }
    server.forget()
    assert provision(target) == []
    assert changing(server) == []


def test_a_dry_run_says_the_same_and_changes_nothing(server, target):
    assert provision(target, dry_run=True) == [
        "create the catalog lake (S3, s3://lake/wh)",
        "create the namespace shop",
    ]
    assert changing(server) == []
    provision(target, namespaces=())
    server.forget()
    moved = S3.model_copy(update={"endpoint_internal": "http://other:9000"})
    assert provision(target, moved, dry_run=True) == [
        "change the catalog lake: storageConfigInfo.endpointInternal from http://inside:9000 to http://other:9000",
        "create the namespace shop",
    ]
    assert changing(server) == []


def test_what_differs_is_changed_and_what_others_set_stays(server, target):
    server.catalogs.add(
        {
            "name": "lake",
            "properties": {"default-base-location": "s3://lake/wh", "polaris.config.x": "theirs"},
            "storageConfigInfo": {"storageType": "S3", "allowedLocations": ["s3://lake"], "userArn": "theirs"},
        }
    )
    changes = provision(target)
    assert (
        "change the catalog lake: storageConfigInfo.allowedLocations from ['s3://lake'] to ['s3://lake', 's3://lake/wh']"
        in changes
    )
    document = server.catalogs.get("lake")
    assert document["entityVersion"] == 2
    assert document["properties"]["polaris.config.x"] == "theirs"
    assert document["storageConfigInfo"]["userArn"] == "theirs"
    assert document["storageConfigInfo"]["endpointInternal"] == "http://inside:9000"


def test_another_spelling_is_no_difference(server, target):
    provision(target)
    document = server.catalogs.get("lake")
    info = {**document["storageConfigInfo"], "allowedLocations": ["s3://lake/wh/", "s3://lake/wh"]}
    properties = {"default-base-location": "s3://lake/wh/"}
    server.catalogs.change("lake", {"currentEntityVersion": 1, "properties": properties, "storageConfigInfo": info})
    assert provision(target) == []


class _Meanwhile(Fault):
    """Somebody else does something just before the request comes to the server."""

    def __init__(self, what):
        self.what = what

    def apply(self, exchange):
        self.what()
        exchange.reply(exchange.forward())


def test_a_catalog_that_somebody_else_makes_meanwhile_is_read_back(server, target):
    document = {"name": "lake", "properties": {"default-base-location": "s3://lake/wh"}}
    info = {"storageType": "S3", "allowedLocations": ["s3://lake/wh"]}
    server.misbehave(_Meanwhile(lambda: server.catalogs.add({**document, "storageConfigInfo": info})), POST)
    changes = provision(target)
    assert changes[0].startswith("change the catalog lake: storageConfigInfo.region")
    assert server.catalogs.get("lake")["storageConfigInfo"]["stsUnavailable"] is True


def test_a_catalog_that_changes_meanwhile_is_compared_again(server, target):
    provision(target, namespaces=())
    theirs = {"currentEntityVersion": 1, "properties": {"default-base-location": "s3://lake/wh", "theirs": "1"}}
    server.misbehave(_Meanwhile(lambda: server.catalogs.change("lake", theirs)), PUT)
    moved = S3.model_copy(update={"endpoint_internal": "http://other:9000"})
    assert len(provision(target, moved, namespaces=())) == 1
    document = server.catalogs.get("lake")
    assert (document["entityVersion"], document["properties"]["theirs"]) == (3, "1")
    assert document["storageConfigInfo"]["endpointInternal"] == "http://other:9000"


def test_a_change_that_never_wins_ends(server, target):
    provision(target, namespaces=())
    rule = server.misbehave(Answer(409), PUT, times=None)
    with pytest.raises(FloeError, match="5 times in a row"):
        provision(target, S3.model_copy(update={"endpoint_internal": "http://other"}))
    assert rule.used == 5


def test_a_lost_answer_is_read_back_by_the_next_provision(server, target):
    server.misbehave(Cut("after"), POST)
    with pytest.raises(FloeError, match="can't be reached"):
        provision(target)
    assert provision(target) == ["create the namespace shop"]


def test_several_at_once_end_with_one_catalog(server, target):
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(lambda _: provision(target), range(6)))
    lines = [line for result in results for line in result]
    assert lines.count("create the catalog lake (S3, s3://lake/wh)") == 1
    assert lines.count("create the namespace shop") == 1


def test_a_server_that_hands_out_credentials_lets_the_catalogs_role_use_them(server, target):
    vending = {"credential_vending_enabled": True, "storage_role_arn": "arn:aws:iam::123456789012:role/lake"}
    grant = "grant CATALOG_MANAGE_CONTENT on the catalog lake to its role catalog_admin"
    assert provision(target, namespaces=(), **vending)[1:] == [grant]
    info = server.catalogs.get("lake")["storageConfigInfo"]
    assert (info["roleArn"], info["stsUnavailable"]) == ("arn:aws:iam::123456789012:role/lake", False)
    assert server.catalogs.grants("lake") == [{"type": "catalog", "privilege": "CATALOG_MANAGE_CONTENT"}]
    assert provision(target, namespaces=(), **vending) == []


def test_what_the_server_refuses_is_told_in_its_words(target):
    with pytest.raises(FloeError, match=r"refused \(400\): Invalid role ARN format: no-role") as caught:
        provision(target, storage_role_arn="no-role")
    assert caught.value.code is CATALOG_PROVISION


def test_a_folder_is_provisioned_too(server, target):
    storage = StorageAccess(root="file:///srv/lake/")
    provision(target, storage)
    info = {"storageType": "FILE", "allowedLocations": ["file:///srv/lake"]}
    assert server.catalogs.get("lake")["storageConfigInfo"] == info


def test_a_storage_that_is_not_known_is_refused(target):
    with pytest.raises(FloeError, match="a catalog on abfss:// can't be provisioned"):
        provision(target, StorageAccess(root="abfss://a@b/"))


def test_what_others_allow_beside_the_base_stays_allowed(server, target):
    allowed = ["s3://archive", "s3://lake/wh/"]
    document = {"name": "lake", "properties": {"default-base-location": "s3://lake/wh"}}
    server.catalogs.add({**document, "storageConfigInfo": {"storageType": "S3", "allowedLocations": allowed}})
    assert not any("allowedLocations" in line for line in provision(target))
    assert server.catalogs.get("lake")["storageConfigInfo"]["allowedLocations"] == allowed


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"type": "EXTERNAL", "storageConfigInfo": {"storageType": "S3"}}, "is an EXTERNAL one"),
        ({"storageConfigInfo": {"storageType": "FILE", "allowedLocations": ["file:///x"]}}, "is on FILE, and .* S3"),
    ],
)
def test_a_catalog_that_no_change_makes_the_wanted_one_is_refused_before_anything(server, target, document, said):
    base = document["storageConfigInfo"].get("allowedLocations", ["s3://lake/wh"])[0]
    server.catalogs.add({"name": "lake", "properties": {"default-base-location": base}, **document})
    for dry_run in (True, False):
        with pytest.raises(FloeError, match=said) as caught:
            provision(target, dry_run=dry_run)
        assert caught.value.code is CATALOG_PROVISION
    assert changing(server) == []


@pytest.mark.parametrize("status", [404, 200])
def test_an_address_that_is_not_the_management_api_is_not_taken_for_a_missing_catalog(server, target, status):
    """The port of health and metrics answers 404 to all else, a page to log in 200."""
    server.misbehave(Answer(status, b"<html>Resource not found</html>"), MANAGEMENT)
    with pytest.raises(FloeError, match=r"no management API of Polaris at .*/api/management/v1") as caught:
        provision(target, dry_run=True)
    assert "management_uri" in caught.value.fix


def test_a_realm_that_the_management_api_does_not_have_is_named(server, target):
    server.misbehave(unknown_realm(), MANAGEMENT)
    with pytest.raises(FloeError) as caught:
        provision(target, dry_run=True)
    assert caught.value.code is CATALOG_REALM


def test_a_storage_that_the_server_does_not_take_is_told_in_its_words():
    said = "Unsupported storage type: FILE"
    with PolarisServer(catalog=None, storage_types=("S3",)) as strict, pytest.raises(FloeError, match=said):
        provision(target_of(strict), StorageAccess(root="file:///srv/lake/"))


def test_overlapping_catalogs_are_explained_in_the_servers_words(server, target):
    info = {"storageType": "S3", "allowedLocations": ["s3://lake"]}
    server.catalogs.add(
        {"name": "other", "properties": {"default-base-location": "s3://lake"}, "storageConfigInfo": info}
    )
    with pytest.raises(FloeError, match=r"refused \(400\).*overlaps with an existing catalog") as caught:
        provision(target)
    assert caught.value.code is CATALOG_PROVISION


def test_who_may_not_manage_catalogs_is_named(server, target):
    target.credential = f"{server.stranger.id}:{server.stranger.secret}"
    with pytest.raises(FloeError, match="client 'stranger' may not GET /catalogs/lake") as caught:
        provision(target)
    assert caught.value.code is CATALOG_FORBIDDEN
    assert "service_admin" in caught.value.fix


@pytest.mark.parametrize("address", ["", "/api/management", "/api/management/v1", "/api/management/v1/"])
def test_the_management_api_is_found(server, target, address):
    assert provision(target, management_uri=server.uri + address, dry_run=True)


def test_an_address_that_does_not_show_it_is_said_so(server, target):
    target.uri = f"{server.uri}/custom"
    with pytest.raises(FloeError, match="can't be told from `uri`") as caught:
        provision(target)
    assert "management_uri" in caught.value.fix


def test_1_7_0_refuses_namespaces_where_more_is_allowed_than_the_base(server, target):
    """Why the allowed location is the base location."""
    document = {"name": "lake", "properties": {"default-base-location": "s3://lake/wh"}}
    server.catalogs.add({**document, "storageConfigInfo": {"storageType": "S3", "allowedLocations": ["s3://lake"]}})
    server.misbehave(Answer(200), PUT)  # it only pretends
    with pytest.raises(FloeError, match="custom location, which is not enabled"):
        provision(target)
    assert MANAGEMENT.match(server.calls(PUT)[0])
