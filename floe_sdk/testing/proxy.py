"""`FaultProxy`: an HTTP proxy that forwards to a real server, until it is told to misbehave."""

from __future__ import annotations

import http.client
import socket
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from floe_sdk.testing.faults import Answer
from floe_sdk.testing.traffic import ANY, Calls, Request, Rule

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from floe_sdk.testing.faults import Fault

_OWN_HEADERS = {"connection", "keep-alive", "transfer-encoding", "content-length", "te", "upgrade", "expect"}
_CHUNK = 1 << 16


class FaultProxy:
    """Forwards every request to `upstream` (`http://host:port`), but for those that a rule of `misbehave` meets.

        with FaultProxy("http://127.0.0.1:9000") as proxy:
            proxy.misbehave(Answer(503), Calls("PUT"), times=2)
            ...  # a client of proxy.uri

    The `Host` header is handed on as it came, since some protocols sign it. Bodies are held in memory. Everything that
    was asked is in `requests`. Usable from several threads; each connection is served by a thread of its own.
    """

    def __init__(self, upstream: str | None = None, *, port: int = 0) -> None:
        self.upstream = upstream
        self.stopped = threading.Event()
        self._rules: list[Rule] = []
        self._requests: list[Request] = []
        self._lock = threading.Lock()
        self._port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def uri(self) -> str:
        """Where clients reach it, without "/" at its end."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def requests(self) -> list[Request]:
        """All requests so far, in the order of their arrival."""
        with self._lock:
            return list(self._requests)

    def calls(self, where: Calls = ANY) -> list[Request]:
        """The requests so far that `where` means."""
        return [each for each in self.requests if where.match(each)]

    def forget(self) -> None:
        """Forget the requests so far."""
        with self._lock:
            self._requests.clear()

    def misbehave(self, fault: Fault, where: Calls = ANY, *, times: int | None = 1, after: int = 0) -> Rule:
        """From now on `fault` befalls the next `times` requests that `where` means, after `after` that go well.

        Of several rules that meet one request the oldest applies.
        """
        rule = Rule(fault, where, times, after)
        with self._lock:
            self._rules.append(rule)
        return rule

    def behave(self) -> None:
        """Forget all rules."""
        with self._lock:
            self._rules.clear()

    def respond(self, request: Request) -> Answer | None:
        """A server's own answer, or None: the request is forwarded. For subclasses."""
        _ = request
        return None

    def forward(self, request: Request) -> Answer:
        """What the upstream server answers. Raises OSError or http.client.HTTPException when it does not."""
        if self.upstream is None:
            return Answer(502, b"there is no upstream server")
        address = urlsplit(self.upstream)
        connection = http.client.HTTPConnection(address.hostname or "", address.port or 80, timeout=120)
        try:
            connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
            for name, value in request.headers.items():
                if name.lower() not in _OWN_HEADERS:
                    connection.putheader(name, value)
            if request.body or request.method in ("POST", "PUT", "PATCH"):
                connection.putheader("Content-Length", str(len(request.body)))
            connection.endheaders(request.body or None)
            response = connection.getresponse()
            headers = {name: value for name, value in response.getheaders() if name.lower() not in _OWN_HEADERS}
            if request.method == "HEAD" and (length := response.getheader("Content-Length")):
                headers["Content-Length"] = length
            return Answer(response.status, response.read(), headers)
        finally:
            connection.close()

    def start(self) -> Self:
        """Listen; on the same port again after `stop`."""
        self.stopped.clear()
        self._server = _Server(self, self._port)
        self._port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="fault proxy")
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening and cut every connection: clients are refused, as by a server that went down."""
        server, self._server = self._server, None
        if server is not None and self._thread is not None:
            self.stopped.set()
            server.shutdown()
            server.cut_all()
            server.server_close()
            self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def serve(self, exchange: Exchange) -> None:
        """Handle one request: by the oldest rule that applies, else by `respond`, else by the server."""
        with self._lock:
            self._requests.append(exchange.request)
            rules = list(self._rules)
        rule = next((each for each in rules if each.take(exchange.request)), None)
        if rule is not None:
            rule.fault.apply(exchange)
        else:
            exchange.reply(exchange.forward())

    def complete(self, old: Request, new: Request) -> None:
        """Put a request with its body in the place of the one without."""
        with self._lock, suppress(ValueError):
            self._requests[self._requests.index(old)] = new


class Exchange:
    """One request that is being handled, as a fault meets it."""

    def __init__(self, proxy: FaultProxy, handler: _Handler, request: Request) -> None:
        self.request = request
        self._proxy = proxy
        self._handler = handler
        self._is_read = False

    def read(self, size: int | None = None) -> bytes:
        """The body, or only its first `size` bytes: nothing but `cut` makes sense then."""
        if size is not None:
            return self._handler.rfile.read(size)
        if not self._is_read:
            whole = Request(
                self.request.method, self.request.target, self.request.headers, self._handler.body(), self.request.at
            )
            self._proxy.complete(self.request, whole)
            self.request, self._is_read = whole, True
        return self.request.body

    def forward(self) -> Answer:
        """Have the request done; a server that is not there cuts the connection, as it would without the proxy."""
        self.read()
        try:
            own = self._proxy.respond(self.request)
            return self._proxy.forward(self.request) if own is None else own
        except (OSError, http.client.HTTPException):
            self.cut()
            raise ConnectionAbortedError from None

    def reply(self, answer: Answer, *, only: int | None = None) -> None:
        """Send the answer, or only the first `only` bytes of its body."""
        self._handler.answer(answer, only)

    def wait(self, seconds: float) -> None:
        """Let time pass; the proxy's end ends it."""
        self._proxy.stopped.wait(seconds)

    def cut(self) -> None:
        """Cut the connection."""
        self._handler.close_connection = True
        with suppress(OSError):
            self._handler.connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    """Reads requests off one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = _CHUNK
    server: _Server

    def handle(self) -> None:
        self.server.opened(self.connection)
        try:
            with suppress(ConnectionError):  # the client, or a fault, is gone
                super().handle()
        finally:
            self.server.closed(self.connection)

    def finish(self) -> None:
        with suppress(ConnectionError):
            super().finish()

    def body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return b"".join(self._chunks())
        return self._read(int(self.headers.get("Content-Length") or 0))

    def _chunks(self) -> list[bytes]:
        chunks = []
        while size := int(self._line().split(b";")[0], 16):
            chunks.append(self._read(size))
            self._line()
        while self._line().strip():  # trailers
            pass
        return chunks

    def _read(self, size: int) -> bytes:
        data = self.rfile.read(size)
        if len(data) < size:
            raise ConnectionAbortedError("the client went away before its request was whole")
        return data

    def _line(self) -> bytes:
        if line := self.rfile.readline():
            return line
        raise ConnectionAbortedError("the client went away before its request was whole")

    def answer(self, answer: Answer, only: int | None) -> None:
        self.send_response_only(answer.status)
        bare = self.command == "HEAD" or answer.status in (204, 304)
        for name, value in answer.headers.items():
            if name.lower() != "content-length" or bare:
                self.send_header(name, value)
        if not bare:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if not bare:
            self.wfile.write(answer.body if only is None else answer.body[:only])
        self.wfile.flush()

    def _serve(self) -> None:
        proxy = self.server.proxy
        proxy.serve(Exchange(proxy, self, Request(self.command, self.path, self.headers)))

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _serve  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    """Knows its connections, to cut them."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, proxy: FaultProxy, port: int) -> None:
        self.proxy = proxy
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    def opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)

    def cut_all(self) -> None:
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news; a bug is printed."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # as it came
