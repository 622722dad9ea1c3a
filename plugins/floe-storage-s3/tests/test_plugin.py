"""What storage `s3` makes of its configuration; no server."""

from __future__ import annotations

import pickle

import pytest
from pydantic import ValidationError
from support.tls import make_certificate

from floe_sdk import FloeError, PluginContext, Secret
from floe_storage_s3 import S3Storage, S3StorageConfig

SECRET = {"env": "S3_SECRET"}


@pytest.fixture
def context(tmp_path):
    return PluginContext("staging", "acme", "Shop", "shop", tmp_path, tmp_path, tmp_path, tmp_path)


@pytest.fixture
def access(context):
    return lambda **config: S3Storage(S3StorageConfig.model_validate(config), context).storage_access()


def test_keys_are_references_and_the_vocabulary_is_icebergs(access):
    found = access(
        bucket="lake",
        prefix="/{environment}/{product_slug}/",
        endpoint="http://127.0.0.1:9000/",
        endpoint_internal="http://s3:9000",
        access_key_id="key",
        secret_access_key=SECRET,
    )
    assert found.root == "s3://lake/staging/shop/"
    assert found.endpoint_internal == "http://s3:9000"
    assert found.file_io == {
        "py-io-impl": "floe_storage_s3.file_io.S3FileIO",
        "s3.endpoint": "http://127.0.0.1:9000",
        "s3.region": "us-east-1",
        "s3.force-virtual-addressing": "false",
        "s3.access-key-id": "key",
        "s3.secret-access-key": Secret("env", "S3_SECRET"),
    }


def test_aws_is_reached_by_its_own_chain(access):
    found = access(bucket="lake")
    assert found.root == "s3://lake/"
    assert found.file_io == {
        "py-io-impl": "floe_storage_s3.file_io.S3FileIO",
        "s3.force-virtual-addressing": "true",
    }


def test_the_rest_of_the_vocabulary(access, tmp_path):
    found = access(
        bucket="lake",
        profile="work",
        role_arn="arn:aws:iam::1:role/lake",
        role_session_name="floe",
        external_id="12345",
        ca_file="ca.pem",
        sse="aws:kms",
        sse_kms_key_id="alias/lake",
        path_style_access=True,
        region="eu-north-1",
    ).file_io
    assert found["s3.profile-name"] == "work"
    assert found["s3.role-arn"] == "arn:aws:iam::1:role/lake"
    assert found["client.assume-role.external-id"] == "12345"
    assert found["s3.ca-file"] == str(tmp_path / "ca.pem")
    assert found["s3.server-side-encryption"] == "aws:kms"
    assert found["s3.sse-kms-key-id"] == "alias/lake"
    assert found["s3.force-virtual-addressing"] == "false"


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"access_key_id": "key"}, "belong together"),
        ({"secret_access_key": SECRET}, "belong together"),
        ({"session_token": SECRET}, "needs access_key_id"),
        ({"access_key_id": "k", "secret_access_key": SECRET, "profile": "work"}, "contradict each other"),
        ({"sse": "AES256", "sse_kms_key_id": "k"}, "needs sse: aws:kms"),
        ({"external_id": "12345"}, "need role_arn"),
        ({"bucket": "Not_A_Bucket"}, "'Not_A_Bucket' is no name of a bucket"),
        ({"endpoint": "127.0.0.1:9000"}, "expected http:// or https:// and a host"),
        ({"endpoint_internal": "http://s3:9000/lake"}, "expected http:// or https:// and a host"),
        (
            {"endpoint": "http://user:pw@host"},  # pragma: allowlist secret
            "or https:// and a host",
        ),
        ({"prefix": "a?b c"}, "'a.b c' holds ' ' '.': expected letters of ASCII"),
        ({"prefix": "/a//b/"}, "has a part that is empty or only dots"),
        ({"prefix": "../other"}, "has a part that is empty or only dots"),
        ({"secret_access_key": "literal", "access_key_id": "k"}, "expected a reference"),  # pragma: allowlist secret
        ({"buckets": "x"}, "Extra inputs"),
    ],
)
def test_what_does_not_fit_is_refused(config, said):
    with pytest.raises(ValidationError, match=said):
        S3StorageConfig.model_validate({"bucket": "lake", **config})


def test_the_file_io_goes_to_another_process_as_its_properties():
    from floe_storage_s3.file_io import S3FileIO

    io = S3FileIO({"s3.endpoint": "http://127.0.0.1:1", "s3.region": "us-east-1"})
    assert pickle.loads(pickle.dumps(io)).properties == io.properties


def test_an_authority_that_is_gone_meanwhile_is_named(tmp_path):
    from floe_storage_s3.file_io import S3FileIO

    file = make_certificate(tmp_path) / "ca.pem"
    keys = {"s3.access-key-id": "key", "s3.secret-access-key": "secret", "s3.region": "us-east-1"}
    opened = S3FileIO({"s3.endpoint": "https://localhost:1", "s3.ca-file": str(file), **keys})
    opened.new_input("s3://lake/t/metadata/1.json")  # the file is looked at and found good
    file.unlink()
    with pytest.raises(FloeError, match=r"ca\.pem can't be read: No such file") as caught:
        opened.new_input("s3://lake/t/metadata/1.json").open()
    assert caught.value.code.id == "FLOE-K048"
