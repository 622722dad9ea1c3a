"""Keys that AWS' STS hands out for a role, by a token of the machine or by keys of one's own, and renews."""

from __future__ import annotations

import json

import pytest
from support.products import make_product, manifest_text
from support.servers.process import free_port
from support.sts import Sts
from support.vending import Handed

from floe_sdk.testing import Calls, Slow

SECONDS = 8
ROLE = "arn:aws:iam::123456789012:role/lake"
UPLOAD_OF_ORDERS = Calls("PUT", r"/orders/data/.*\.parquet")


@pytest.fixture
def sts(s3_server, bucket):
    with Handed(s3_server, SECONDS, bucket) as handed, Sts(handed) as made:
        yield made


@pytest.fixture
def token(tmp_path):
    path = tmp_path / "token"
    path.write_text("planted-token-of-the-machine")
    return path


@pytest.fixture
def run(tmp_path, proxy, bucket, forks):
    """`floe run` of a product in the bucket behind the proxy, for `storage` and with variables: status and output."""

    def run(storage, **environment):
        config = {"bucket": bucket, "endpoint": proxy.uri, "wait_seconds": 1, **storage}
        storage = json.dumps({"type": "s3", "config": config})
        manifest = manifest_text().replace("storage: {type: local}", f"storage: {storage}")
        product = make_product(tmp_path / "platform", manifest=manifest)
        status, output, _ = forks.run("run", cwd=product, AWS_EC2_METADATA_DISABLED="true", **environment)
        assert "planted-" not in output
        return status, output

    return run


@pytest.mark.parametrize("by", ["a token", "keys"])
def test_a_run_that_outlives_a_roles_keys_gets_others(run, sts, token, proxy, s3_server, by):
    slow = proxy.misbehave(Slow(SECONDS + 1, after=True), UPLOAD_OF_ORDERS)
    if by == "a token":
        of_web = {"AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": str(token), "AWS_ENDPOINT_URL_STS": sts.uri}
        status, output = run({}, **of_web)
    else:
        keys = {"access_key_id": {"env": "OWN_KEY"}, "secret_access_key": {"env": "OWN_SECRET"}}
        own = {"OWN_KEY": s3_server.access_key_id, "OWN_SECRET": s3_server.secret_access_key}
        status, output = run({"role_arn": ROLE, "sts_endpoint": sts.uri, **keys}, **own)
    assert status == 0, output
    assert slow.used == 1
    action = "AssumeRoleWithWebIdentity" if by == "a token" else "AssumeRole"
    assert {(each["Action"], each["RoleArn"]) for each in sts.asked} == {(action, ROLE)}
    assert len(sts.asked) >= 2


@pytest.fixture
def health(storage, proxy, monkeypatch):
    """Of a storage without keys, where variables name the role, a token and STS."""

    def health(token, sts):
        variables = {"AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": str(token), "AWS_ENDPOINT_URL_STS": sts}
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return storage(access_key_id=None, secret_access_key=None, endpoint=proxy.uri).plugin_health(timeout=10)

    return health


def test_a_token_that_is_not_there_is_named(health, sts, tmp_path):
    told = health(tmp_path / "none", sts.uri)
    assert "can't get credentials from environment, files, metadata service: " in told.message
    assert str(tmp_path / "none") in told.message
    assert told.code == "FLOE-K043"


def test_an_sts_that_is_away_is_not_told_as_the_buckets_server(health, token):
    away = f"http://127.0.0.1:{free_port()}"
    told = health(token, away)
    assert not told.ok
    assert "can't get credentials from environment, files, metadata service: the server can't be reached" in (
        told.message
    )
    assert away in told.message
    assert told.code == "FLOE-K042"
