"""One event, one POST, over a connection that stays open."""

from __future__ import annotations

import gzip
import http.client
import socket
import ssl
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from floe_sdk import LineageDelayed, LineageRefused, event_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from floe_lineage_openlineage.address import Address

_REFUSED = frozenset({400, 406, 409, 410, 411, 413, 414, 415, 422, 431, 451})
"""Answers about the event itself. Other faults (a wrong key or path, an overload) may pass: the event is kept."""
_HINTS = {
    401: "the server wants another `api_key`",
    403: "the `api_key` may not do this",
    404: "there is no OpenLineage API at this path",
    405: "there is no OpenLineage API at this path",
}
_TOO_MANY, _UNAVAILABLE = 429, 503
_LONGEST_WAIT = 3600.0
_READ = 64 * 1024


class HttpSender:
    """Posts to `address`. Not for several threads at once. Proxies are those of the environment."""

    def __init__(
        self,
        address: Address,
        *,
        api_key: str | None = None,
        compress: bool = False,
        timeout: float = 5.0,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._address, self._timeout, self._trust, self._compress = address, timeout, trust, compress
        self._headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "floe"}
        if compress:
            self._headers["Content-Encoding"] = "gzip"
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._connection: http.client.HTTPConnection | None = None
        self._proxied = False

    @property
    def where(self) -> str:
        """The server, for messages."""
        return self._address.origin

    def send(self, event: Mapping[str, Any]) -> None:
        """Deliver one event, or raise LineageRefused or LineageDelayed with the reason."""
        body = event_json(event).encode()
        status, text, headers = self._ask("POST", gzip.compress(body, 3, mtime=0) if self._compress else body)
        if 200 <= status < 300:  # noqa: PLR2004 - HTTP's
            return
        reason = f"{self.where} answers {status}" + (f": {_HINTS[status]}" if status in _HINTS else "")
        reason += f" ({text})" if text else ""
        if status in _REFUSED:
            raise LineageRefused(reason)
        raise LineageDelayed(reason, _retry_after(headers) if status in (_TOO_MANY, _UNAVAILABLE) else None)

    def probe(self) -> tuple[int, str]:
        """What the server answers to a GET of the same path: a status, and the begin of the text."""
        status, text, _ = self._ask("GET", None)
        return status, text

    def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _ask(self, method: str, body: bytes | None) -> tuple[int, str, http.client.HTTPMessage]:
        fresh = self._connection is None
        try:
            try:
                return self._once(method, body)
            except (ConnectionError, http.client.BadStatusLine):
                if fresh:
                    raise
                return self._once(method, body)  # the server had closed a connection that was idle
        except (OSError, http.client.HTTPException) as error:
            raise LineageDelayed(f"{self.where}: {_told(error, self._timeout)}") from error

    def _once(self, method: str, body: bytes | None) -> tuple[int, str, http.client.HTTPMessage]:
        if self._connection is None:
            self._connection = self._connect()
        path = self._address.target
        target = f"{self.where}{path}" if self._proxied else path
        try:
            self._connection.request(method, target, body, self._headers)
            answer = self._connection.getresponse()
            text = answer.read(_READ)
            if answer.read(1):
                self.close()
        except BaseException:
            self.close()
            raise
        return answer.status, " ".join(text.decode(errors="replace").split())[:300], answer.headers

    def _connect(self) -> http.client.HTTPConnection:
        address, proxy = self._address, self._proxy()
        host, port = (proxy.hostname or "", proxy.port or 80) if proxy else (address.host, address.port)
        self._proxied = False
        if address.scheme == "https":
            secure = http.client.HTTPSConnection(host, port, timeout=self._timeout, context=self._trust)
            if proxy:
                secure.set_tunnel(address.host, address.port)
            return secure
        self._proxied = proxy is not None
        return http.client.HTTPConnection(host, port, timeout=self._timeout)

    def _proxy(self) -> Any:
        found = getproxies().get(self._address.scheme)
        if not found or proxy_bypass(f"{self._address.host}:{self._address.port}"):
            return None
        return urlsplit(found if "://" in found else f"http://{found}")


def trust(ca_file: str | None, *, verify: bool) -> ssl.SSLContext:
    """What is trusted. Raises OSError where the file is missing or holds no certificate."""
    context = ssl.create_default_context(cafile=ca_file)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _told(error: Exception, timeout: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {timeout:g} s"
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(error, socket.gaierror):
        return "the name of the server is not known"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message}): see `ca_file` and `verify_ssl`"
    if isinstance(error, (ConnectionError, http.client.BadStatusLine, http.client.IncompleteRead)):
        return "the connection was cut before the answer"
    return f"{type(error).__name__}: {error}"


def _retry_after(headers: http.client.HTTPMessage) -> float | None:
    """The seconds of `Retry-After`, which may be a date."""
    value = (headers.get("Retry-After") or "").strip()
    if value.isdigit():
        return min(float(value), _LONGEST_WAIT)
    try:
        return min(max(0.0, parsedate_to_datetime(value).timestamp() - time.time()), _LONGEST_WAIT)
    except (ValueError, TypeError, IndexError):
        return None
