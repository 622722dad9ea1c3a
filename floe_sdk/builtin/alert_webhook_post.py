"""Posting to a webhook, whose address is a secret as a whole: no message here holds more of it than the server."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from email.message import Message

_AGAIN = frozenset({429, 502, 503, 504})
"""Answers after which nothing was posted, and a later try may be."""
_PAUSE, _LONGEST_PAUSE = 0.2, 1.0
_GONE = {
    401: "the webhook's address is not, or no longer, allowed to post",
    403: "the webhook's address is not, or no longer, allowed to post",
    404: "there is no such webhook (any more)",
    405: "this address takes no posts",
    410: "there is no such webhook (any more)",
}


class NotPosted(Exception):  # noqa: N818 - what happened, for people
    """Why nothing was posted; `again` is whether another try may help, after `pause` seconds where the server says."""

    def __init__(self, reason: str, *, again: bool = False, pause: float | None = None) -> None:
        super().__init__(reason)
        self.again, self.pause = again, pause


class Webhook:
    """One address. Raises NotPosted where it can't or must not be used."""

    def __init__(self, url: str, *, insecure: bool) -> None:
        self._url = url.strip()
        try:
            parts = urlsplit(self._url)
            port = f":{parts.port}" if parts.port else ""
        except ValueError:
            raise NotPosted("its `url` is no address") from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise NotPosted("its `url` is no address such as https://chat.example.com/hooks/...")
        if parts.scheme == "http" and not insecure and not _is_this_machine(parts.hostname):
            raise NotPosted(
                f"plain http to {parts.hostname}, which is another machine, can be read on the way: use https, or set "
                "`allow_insecure_http: true`"
            )
        self.where = f"{parts.scheme}://{parts.hostname}{port}"

    def post(self, body: bytes, timeout: float, retries: int) -> None:
        """Post a JSON body within `timeout` seconds, with at most `retries` more tries; raises NotPosted."""
        deadline = time.monotonic() + timeout
        for left in range(retries, -1, -1):
            try:
                self._post(body, max(0.05, deadline - time.monotonic()))
            except NotPosted as error:
                pause = _PAUSE * 2 ** (retries - left) if error.pause is None else error.pause
                if not error.again or not left or time.monotonic() + pause >= deadline:
                    raise
                time.sleep(pause)
            else:
                return

    def probe(self, timeout: float) -> int:
        """The status of a GET, which posts nothing; raises NotPosted."""
        return self._ask("GET", None, timeout)[0]

    def _post(self, body: bytes, timeout: float) -> None:
        status, headers = self._ask("POST", body, timeout)
        if 200 <= status < 300:  # noqa: PLR2004 - HTTP's
            return
        hint = f": {_GONE[status]}" if status in _GONE else ""
        raise NotPosted(f"{self.where} answers {status}{hint}", again=status in _AGAIN, pause=_retry_after(headers))

    def _ask(self, method: str, body: bytes | None, timeout: float) -> tuple[int, Message]:
        headers = {"Content-Type": "application/json", "User-Agent": "floe"}
        try:
            request = urllib.request.Request(self._url, body, headers, method=method)  # noqa: S310 - http(s), see above
            with _opener.open(request, timeout=timeout) as answer:
                answer.read(1024)
                return answer.status, answer.headers
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers
        except urllib.error.URLError as error:
            cause: object = error.reason
        except (OSError, http.client.HTTPException, ValueError) as error:
            cause = error
        # their texts may hold the address
        raise NotPosted(f"{self.where}: {_told(cause)}", again=isinstance(cause, ConnectionRefusedError))


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The address is a secret for one server."""

    def redirect_request(self, *_: object) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirects)


def _told(cause: object) -> str:
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    if isinstance(cause, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(cause, socket.gaierror):
        return "the name of the server is not known"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({cause.verify_message}): SSL_CERT_FILE names whom to trust"
    if isinstance(cause, (ConnectionError, http.client.BadStatusLine, http.client.IncompleteRead)):
        return "the connection was cut before the answer"
    return type(cause).__name__


def _retry_after(headers: Message) -> float | None:
    value = (headers.get("Retry-After") or "").strip()
    try:
        return min(float(value), 3600.0) if value else None
    except ValueError:  # a date: later than a run may wait
        return 3600.0


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
