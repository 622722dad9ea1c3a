"""The TLS end of the tests: what it writes, it writes to its clients."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from support.tls import TlsEnd, make_certificate

ROUNDS, CLIENTS, FILES = 10, 4, 40
CONTENT = b"x" * 100


class _OneAnswer(BaseHTTPRequestHandler):
    """Answers once on a connection, and closes it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):  # http.server's name
        self.send_response(204)
        self.end_headers()
        self.close_connection = True

    def log_message(self, format, *args):
        """Say nothing."""


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), _OneAnswer) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_a_file_opened_when_a_connection_ends_is_not_written_to(server, tmp_path):
    folder = make_certificate(tmp_path)
    end = TlsEnd(server, folder / "ca.pem", folder / "key.pem")
    trust = ssl.create_default_context(cafile=folder / "ca.pem")

    def ask_twice():
        bare = socket.create_connection(("localhost", int(end.uri.rsplit(":", 1)[1])))
        with suppress(OSError), trust.wrap_socket(bare, server_hostname="localhost") as one:
            for _ in range(2):  # the second meets a connection that the server has closed
                one.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                one.recv(1000)
                time.sleep(0.01)

    for _ in range(ROUNDS):
        clients = [threading.Thread(target=ask_twice) for _ in range(CLIENTS)]
        for each in clients:
            each.start()
        files = [_opened(tmp_path / str(number)) for number in range(FILES)]
        for each in clients:
            each.join()
        for each in files:
            each.close()
        assert {(tmp_path / str(number)).read_bytes() for number in range(FILES)} == {CONTENT}
    end.close()


def _opened(path):
    """A new file, open and written, a moment after the one before."""
    file = path.open("w+b")
    file.write(CONTENT)
    file.flush()
    time.sleep(0.0005)
    return file
