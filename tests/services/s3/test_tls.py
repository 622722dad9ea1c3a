"""A server behind TLS whose authority only the storage's `ca_file` knows."""

from __future__ import annotations

import pytest
from support.tls import TlsEnd, make_certificate

from floe_sdk import FloeError


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
    assert "can't be reached" in health.message
    with pytest.raises(FloeError) as caught:
        lake.publish("t", "select 1 as id")
    assert caught.value.code.id == "FLOE-K042"
    assert keys() == parts() == []
