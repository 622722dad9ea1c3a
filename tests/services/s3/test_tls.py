"""A server behind TLS whose authority only the storage's `ca_file` knows."""

from __future__ import annotations

import pytest
from support.tls import TlsEnd, make_certificate

from floe_sdk import FloeError, Secret
from floe_storage_s3.file_io import S3FileIO


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tls(s3_server, certificate):
    end = TlsEnd(s3_server.endpoint, certificate / "ca.pem", certificate / "key.pem")
    yield end
    end.close()


def test_with_the_authority_everything_works(make_lake, tls, certificate):
    lake = make_lake(endpoint=tls.uri, ca_file=str(certificate / "ca.pem"))
    assert lake.storage.plugin_health(timeout=10).ok
    lake.publish("t", "select 1 as id")
    assert lake.rows("t") == [{"id": 1}]
    assert lake.ask("select * from t") == [{"id": 1}]


def test_without_it_nothing_is_sent(make_lake, tls, keys, parts):
    lake = make_lake(endpoint=tls.uri)
    health = lake.storage.plugin_health(timeout=10)
    assert not health.ok
    assert "its certificate is not trusted" in health.message
    assert "`ca_file`" in health.fix
    with pytest.raises(FloeError) as caught:
        lake.publish("t", "select 1 as id")
    assert caught.value.code.id == "FLOE-K042"
    assert "its certificate is not trusted" in caught.value.problem
    assert keys() == parts() == []


def test_a_file_of_a_server_that_is_not_trusted_is_told_at_once(storage, tls):
    """Arrow tries for half a minute."""
    properties = storage(endpoint=tls.uri).storage_access().file_io
    revealed = {key: value.reveal() if isinstance(value, Secret) else value for key, value in properties.items()}
    with pytest.raises(FloeError) as caught:
        S3FileIO(revealed).new_input("s3://floe-lake/t/metadata/1.json").open()
    assert "its certificate is not trusted" in caught.value.problem
    assert "AWS Error" not in caught.value.problem
    assert "`ca_file`" in caught.value.fix


def test_a_server_that_is_not_trusted_is_not_waited_for(storage, tls):
    with pytest.raises(FloeError) as caught:
        storage(endpoint=tls.uri, wait_seconds=600).storage_ready(timeout=600)
    assert "its certificate is not trusted" in caught.value.problem
    assert "waited" not in caught.value.problem


@pytest.mark.parametrize(("file", "said"), [("none.pem", "No such file"), ("key.pem", "holds no certificate")])
def test_a_file_of_no_authority_is_named(storage, tls, certificate, file, said):
    made = storage(endpoint=tls.uri, ca_file=str(certificate / file))
    told = made.plugin_health(timeout=10)
    assert f"the storage's `ca_file` {certificate / file} " in told.message
    assert said in told.message
    properties = made.storage_access().file_io
    revealed = {key: value.reveal() if isinstance(value, Secret) else value for key, value in properties.items()}
    with pytest.raises(FloeError, match=said):
        S3FileIO(revealed).new_input("s3://floe-lake/t/metadata/1.json").open()
