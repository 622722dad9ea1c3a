"""OTLP over HTTP, protobuf in binary."""

from __future__ import annotations

import gzip
import http.client
import ssl
import time
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from floe_telemetry_otlp.reasons import CREDENTIALS, certificate_reason, network_reason
from floe_telemetry_otlp.sending import Refused

if TYPE_CHECKING:
    from floe_telemetry_otlp.settings import Settings

_AGAIN = frozenset({429, 502, 503, 504})
_UNKNOWN = frozenset({404, 405, 501})
_LONGEST_BODY = 1 << 20


class HttpClient:
    """One connection, kept open between requests; for one thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._parts = urlsplit(settings.url)
        self._connection: http.client.HTTPConnection | None = None
        self._headers: dict[str, str] | None = None
        self._through_proxy = False

    def request(self, payload: bytes, timeout: float) -> bytes:
        """POST it once."""
        deadline = time.monotonic() + timeout
        kept = self._connection is not None
        try:
            return self._post(payload, timeout)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError) as error:
            self.close()
            if kept:  # it had been closed meanwhile: what was sent on it was not heard
                return self.request(payload, max(0.1, deadline - time.monotonic()))
            raise Refused(network_reason(self._settings, error, timeout), again=True) from None
        except ssl.SSLError as error:
            self.close()
            raise Refused(certificate_reason(self._settings, str(error.reason or error))) from None
        except (OSError, http.client.HTTPException) as error:
            self.close()
            answered = isinstance(error, http.client.HTTPException)
            raise Refused(network_reason(self._settings, error, timeout), again=True, answered=answered) from None

    def _post(self, payload: bytes, timeout: float) -> bytes:
        if self._headers is None:
            self._headers = {**self._settings.sent_headers(), "content-type": "application/x-protobuf"}
            self._headers["user-agent"] = "floe-telemetry-otlp"
        headers = self._headers
        if self._settings.compression == "gzip":
            payload, headers = gzip.compress(payload, 1), {**headers, "content-encoding": "gzip"}
        connection = self._connected(timeout)
        target = self._settings.url if self._through_proxy else self._parts.path or "/"
        if self._parts.query and not self._through_proxy:
            target += f"?{self._parts.query}"
        connection.request("POST", target, payload, headers)
        response = connection.getresponse()
        body = response.read(_LONGEST_BODY)
        if response.will_close or not response.isclosed():
            self.close()
        return self._judged(response, body)

    def _judged(self, response: http.client.HTTPResponse, body: bytes) -> bytes:
        status, url = response.status, self._settings.url
        if 200 <= status < 300:  # noqa: PLR2004 - HTTP's; some backends answer 202 or 204
            return body
        if status in (401, 403):
            raise Refused(f"{url} refuses the credentials (HTTP {status}): {CREDENTIALS}")
        said = f"{url} answers HTTP {status} {response.reason}".rstrip()
        if status in _UNKNOWN:
            fix = f"check the path of {self._settings.origin}, and that it is an OTLP/HTTP port (gRPC's is 4317)"
            raise Refused(f"{said}: {fix}", unknown=self._settings.signal != "traces")
        pause = _pause(response.getheader("Retry-After"))
        raise Refused(f"{said}: see the collector's log", again=status in _AGAIN, pause=pause)

    def _connected(self, timeout: float) -> http.client.HTTPConnection:
        if self._connection is None:
            self._connection = self._connect(timeout)
        self._connection.timeout = timeout
        if self._connection.sock is not None:
            self._connection.sock.settimeout(timeout)
        return self._connection

    def _connect(self, timeout: float) -> http.client.HTTPConnection:
        parts = self._parts
        host, port = parts.hostname or "", parts.port
        proxy = None if proxy_bypass(host) else getproxies().get(parts.scheme)
        via = urlsplit(proxy) if proxy else None
        at_host, at_port = (via.hostname or "", via.port) if via else (host, port)
        if parts.scheme == "https":
            connection = http.client.HTTPSConnection(at_host, at_port, timeout=timeout, context=self._tls())
            if via:
                connection.set_tunnel(host, port)
            return connection
        self._through_proxy = via is not None
        return http.client.HTTPConnection(at_host, at_port, timeout=timeout)

    def _tls(self) -> ssl.SSLContext:
        settings = self._settings
        context = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
        if settings.client_certificate:
            context.load_cert_chain(settings.client_certificate, settings.client_key)
        return context

    def close(self) -> None:
        """Let go of the connection; the next request opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(OSError):
                connection.close()


def _pause(retry_after: str | None) -> float | None:
    """Seconds, or a date."""
    if not retry_after:
        return None
    with suppress(ValueError):
        return max(0.0, float(retry_after))
    with suppress(ValueError, TypeError):
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    return None
