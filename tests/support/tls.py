"""TLS before a server that has none, with a certificate that nobody else trusts."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from contextlib import suppress
from urllib.parse import urlsplit

import pytest


class TlsEnd:
    """Speaks TLS to clients and passes the bytes on.

    A connection's sockets are closed when both of its directions have ended, never sooner: OpenSSL writes by the number
    of the file, and a number that is free is the next file's that anybody opens.
    """

    def __init__(self, upstream, certificate, key):
        parts = urlsplit(upstream)
        self._upstream = parts.hostname, parts.port
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.uri = f"https://localhost:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        """Take no more connections."""
        shut_down(self._listener)

    def _accept(self):
        with self._listener, suppress(OSError):
            while True:
                raw, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(raw,), daemon=True).start()

    def _serve(self, raw):
        wrap, connect = self._context.wrap_socket, socket.create_connection
        with suppress(OSError), raw, wrap(raw, server_side=True) as client, connect(self._upstream) as server:
            back = threading.Thread(target=_copy, args=(server, client), daemon=True)
            back.start()
            _copy(client, server)
            back.join()


def _copy(source, target):
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for each in (source, target):
        shut_down(each)


def shut_down(end):
    """End both directions, which wakes who waits for it in another thread; the socket stays open."""
    with suppress(OSError):
        socket.socket.shutdown(end, socket.SHUT_RDWR)  # an SSLSocket's own would take the TLS from under that thread


def make_certificate(folder):
    """`ca.pem` and `key.pem` for localhost, in `folder`."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    files = ["-keyout", folder / "key.pem", "-out", folder / "ca.pem"]
    subprocess.run([*command, "-addext", "subjectAltName=DNS:localhost", *files], check=True, capture_output=True)
    return folder
