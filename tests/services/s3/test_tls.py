"""A server behind TLS whose authority only the storage's `ca_file` knows."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from floe_sdk import FloeError


class TlsEnd:
    """Speaks TLS to clients and passes the bytes on."""

    def __init__(self, upstream, certificate, key):
        parts = urlsplit(upstream)
        self.upstream = parts.hostname, parts.port
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.uri = f"https://localhost:{self.socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with suppress(OSError):
            while True:
                raw, _ = self.socket.accept()
                threading.Thread(target=self._serve, args=(raw,), daemon=True).start()

    def _serve(self, raw):
        with suppress(OSError):
            client = self.context.wrap_socket(raw, server_side=True)
            server = socket.create_connection(self.upstream)
            threading.Thread(target=self._copy, args=(server, client), daemon=True).start()
            self._copy(client, server)

    @staticmethod
    def _copy(source, target):
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for each in (source, target):
            with suppress(OSError):
                each.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    folder = tmp_path_factory.mktemp("tls")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    files = ["-keyout", folder / "key.pem", "-out", folder / "ca.pem"]
    subprocess.run([*command, "-addext", "subjectAltName=DNS:localhost", *files], check=True, capture_output=True)
    return folder


@pytest.fixture
def tls(s3_server, certificate):
    end = TlsEnd(s3_server.endpoint, certificate / "ca.pem", certificate / "key.pem")
    yield end
    end.socket.close()


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
