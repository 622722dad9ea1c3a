"""Tables of Polaris on a real S3: with credentials that the server hands out, and with the storage's own."""

from __future__ import annotations

import pyarrow as pa
import pytest
from support.polaris import connected, plugin, target_of

from floe_sdk import CREDENTIAL_VENDING, FloeError
from floe_sdk.testing import PolarisServer

SCHEMA = pa.schema([("x", pa.int64())])
INSIDE = {"s3.endpoint": "http://inside.invalid:9000", "s3.path-style-access": "true", "client.region": "us-east-1"}


@pytest.fixture
def keys(s3_server):
    return {"s3.access-key-id": s3_server.access_key_id, "s3.secret-access-key": s3_server.secret_access_key}


@pytest.fixture
def place(s3_server):
    return {"s3.endpoint": s3_server.endpoint, "s3.region": s3_server.region}


@pytest.fixture
def serve(rest_catalog, s3_server):
    """A server whose catalog is in a bucket of its own; what it says of the endpoint is not for clients."""
    bucket = s3_server.new_bucket()
    servers = []

    def start(*, vends=None, sts_unavailable=False):
        storage = {"storageType": "S3", "stsUnavailable": sts_unavailable}
        root = f"s3://{bucket}/wh"
        server = PolarisServer(
            rest_catalog.uri, base_location=root, storage=storage, vends=vends, table_config=INSIDE
        ).start()
        servers.append(server)
        return server, root

    yield start
    for server in servers:
        server.stop()


def round_trip(target, namespace):
    with connected(target) as catalog:
        catalog.create_namespace(namespace)
        table = catalog.create_table((namespace, "t"), schema=SCHEMA, location=f"{target.storage.root}{namespace}/t")
        table.append(pa.table({"x": [1, 2, 3]}, SCHEMA))
    with connected(target) as catalog:  # the probe of vending has a namespace now
        return catalog.load_table((namespace, "t"))


def test_the_servers_credentials_open_the_files(serve, keys, place, unique):
    server, root = serve(vends=keys)
    table = round_trip(target_of(server, root, file_io=place), unique)
    assert table.io.properties["s3.access-key-id"] == keys["s3.access-key-id"]
    assert sorted(table.scan().to_arrow()["x"].to_pylist()) == [1, 2, 3]


def test_own_keys_do_where_the_server_has_none(serve, keys, place, unique):
    server, root = serve(sts_unavailable=True)
    table = round_trip(target_of(server, root, file_io={**place, **keys}), unique)
    assert sorted(table.scan().to_arrow()["x"].to_pylist()) == [1, 2, 3]
    assert table.io.properties["s3.endpoint"] == place["s3.endpoint"]


def test_without_either_it_is_said_when_connecting(serve, keys, place, unique):
    server, root = serve(sts_unavailable=True)
    round_trip(target_of(server, root, file_io={**place, **keys}), unique)
    target = target_of(server, root, file_io=place)
    with pytest.raises(FloeError) as caught:
        plugin(target).catalog_connect(target.storage)
    assert caught.value.code is CREDENTIAL_VENDING
