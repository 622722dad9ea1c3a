"""The how-tos for object storage and for Polaris, followed with real servers."""

from __future__ import annotations

import json

import duckdb
import pytest
import requests
from support.pages import DOCS, Teammate, blocks

from floe_compute_duckdb import httpfs
from floe_sdk.testing import PolarisServer

S3_PAGE = DOCS / "how-to" / "object-storage.md"
POLARIS_PAGE = DOCS / "how-to" / "polaris.md"


@pytest.fixture
def follower(tmp_path, s3_server, bucket):
    """Somebody with the tutorial's product, to whom the page's bucket is one of this session."""

    def make(addresses, **environment):
        ours = {"bucket: lake": f"bucket: {bucket}", "s3://lake": f"s3://{bucket}", **addresses}
        folder = tmp_path / "shop"
        folder.mkdir()
        reader = Teammate(folder, ours, **environment)
        reader.follow(DOCS / "tutorial.md", skip=lambda _command: True)  # its files
        return reader

    return make


def test_tables_on_s3(follower, s3_server):
    keys = {"S3_KEY": s3_server.access_key_id, "S3_SECRET": s3_server.secret_access_key}
    reader = follower({"https://s3.example.com": s3_server.endpoint}, **keys)
    reader.follow(S3_PAGE)
    (sql,) = [block.text for block in blocks(S3_PAGE) if block.language == "sql"]
    for theirs, ours in {
        "install httpfs;": "",
        "load httpfs": f"load '{httpfs.extension()}'",
        "key_id '...', secret '...'": f"key_id '{s3_server.access_key_id}', secret '{s3_server.secret_access_key}'",
        "'s3.example.com', use_ssl true": f"'{s3_server.endpoint.partition('://')[2]}', use_ssl false",
    }.items():
        assert theirs in sql
        sql = sql.replace(theirs, ours)
    (file,) = reader.folder.rglob("*.duckdb")
    with duckdb.connect(str(file), read_only=True) as connection:
        assert connection.execute(sql).fetchall()[0][0] > 0


def test_a_polaris_from_nothing_to_a_run(follower, s3_server, rest_catalog):
    with PolarisServer(rest_catalog.uri, catalog=None) as polaris:
        addresses = {
            "http://s3.example.com:9000": s3_server.endpoint,
            "https://polaris.example.com": polaris.uri,
            "eu-central-1": s3_server.region,
            "client_id: floe": f"client_id: {polaris.client.id}",
        }
        keys = {"S3_ACCESS_KEY_ID": s3_server.access_key_id, "S3_SECRET_ACCESS_KEY": s3_server.secret_access_key}
        reader = follower(addresses, **keys, POLARIS_CLIENT_SECRET=polaris.client.secret)
        reader.follow(POLARIS_PAGE)

        # Of the calls for a client of its own the kit answers the first.
        form = {"grant_type": "client_credentials", "scope": "PRINCIPAL_ROLE:ALL"}
        form |= {"client_id": polaris.client.id, "client_secret": polaris.client.secret}
        reader.environment["TOKEN"] = requests.post(polaris.token_uri, form, timeout=10).json()["access_token"]
        (script,) = [block.text for block in blocks(POLARIS_PAGE) if block.text.startswith("api()")]
        told = reader.run(reader.here_are(script.partition("\napi -X POST $base/principal-roles")[0]))
        assert reader.code == 0, told
        assert set(json.loads(told)["credentials"]) == {"clientId", "clientSecret"}
