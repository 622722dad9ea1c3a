"""HTTP sessions: with timeouts and careful retries, and for the catalog pinned to its origin and renewing tokens."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ReadTimeoutError
from urllib3.util import Retry

from floe_catalog_polaris.errors import origin
from floe_sdk import CATALOG_CREDENTIALS, CATALOG_ELSEWHERE, FloeError

if TYPE_CHECKING:
    from types import TracebackType

    from urllib3.connectionpool import ConnectionPool
    from urllib3.response import BaseHTTPResponse

    from floe_catalog_polaris.connection import Connection

BEARER = "Bearer "
TOKEN_OVER = (401, 419)
"""What a token that is over is answered with: 419 by the specification, 401 by Polaris."""

LONGEST_WAIT_SECONDS = 20
_TOO_MANY = 429
_BUSY = (502, 503, 504)
_READING = frozenset({"GET", "HEAD"})
_SAME_METHOD = (307, 308)
_SILENT_SECONDS = 60.0
"""For how long it is not said again that a server is asked again."""

_logger = logging.getLogger("floe.polaris")


class _Retry(Retry):
    """Tries again what was not heard (no connection, 429), and what only reads; waits a bounded time.

    Not what took longer than the server may think: it would begin anew, beside what it is still busy with.
    """

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> _Retry:
        if isinstance(error, ReadTimeoutError):
            raise error
        following = super().increment(method, url, response, error, _pool, _stacktrace)
        if _pool is not None:
            reason = f"status {response.status}" if response is not None else str(error).rpartition(": ")[2]
            _outages.tell(f"{_pool.scheme}://{_pool.host}:{_pool.port}", reason)
        return following

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        if status_code == _TOO_MANY:
            return bool(self.total)
        return super().is_retry(method, status_code, has_retry_after) and status_code in _BUSY

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        asked = super().get_retry_after(response)
        return None if asked is None else min(asked, LONGEST_WAIT_SECONDS)


class _Outages(logging.Filter):
    """Says of each server once that it is asked again, in place of a line of urllib3 for each attempt of ours."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[str, float] = {}
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record of urllib3 is about somebody else's attempt."""
        return not (isinstance(record.args, tuple) and record.args and isinstance(record.args[0], _Retry))

    def tell(self, server: str, reason: str) -> None:
        """Log it, unless that was just done."""
        now = time.monotonic()
        with self._lock:
            silent = now - self._told.get(server, float("-inf")) < _SILENT_SECONDS
            if not silent:
                self._told[server] = now
        if not silent:
            _logger.warning("the catalog's server at %s is asked again: %s", server, reason)


_outages = _Outages()


def adapter(retries: int, *, every_method: bool = False) -> HTTPAdapter:
    """An adapter that retries reading, and with `every_method` all, up to `retries` times."""
    logging.getLogger("urllib3.connectionpool").addFilter(_outages)
    policy = _Retry(
        total=retries,
        redirect=False,
        status_forcelist=_BUSY,
        allowed_methods=None if every_method else _READING,
        backoff_factor=0.2,
        backoff_max=LONGEST_WAIT_SECONDS,
        backoff_jitter=0.2,
        raise_on_status=False,
    )
    return HTTPAdapter(max_retries=policy, pool_maxsize=32)


class TimedSession(requests.Session):
    """Every call has timeouts."""

    def __init__(self, timeouts: tuple[float, float]) -> None:
        super().__init__()
        self._timeouts = timeouts

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """As requests', within the timeouts."""
        kwargs.setdefault("timeout", self._timeouts)
        return super().request(*args, **kwargs)


class PinnedSession(TimedSession):
    """Asks one origin alone, follows no redirect to another, and has a new token once where one is not taken.

    Raises FloeError where the server does not take the new one either.
    """

    def __init__(self, connection: Connection, url: str) -> None:
        super().__init__(connection.timeouts)
        self._connection = connection
        self._origin = origin(url)
        self.mount("http://", adapter(connection.max_retries))
        self.mount("https://", adapter(connection.max_retries))
        self.headers.update(connection.headers)

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """Ask; a token that is over is renewed, and the same asked once more."""
        if origin(url) != self._origin:
            raise self._elsewhere(url)
        kwargs["allow_redirects"] = True
        response = super().request(method, url, *args, **kwargs)
        if response.status_code in TOKEN_OVER and self._connection.tokens is not None:
            self._connection.tokens.refused(response.request.headers.get("Authorization", "").removeprefix(BEARER))
            response = super().request(method, url, *args, **kwargs)
        if response.status_code in TOKEN_OVER:
            raise self._not_taken(response)
        return response

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Only to the same origin, and only where the call stays what it is."""
        target = super().get_redirect_target(resp)
        if target is None:
            return None
        absolute = requests.compat.urljoin(resp.url, target)
        changed = resp.request.method not in _READING and resp.status_code not in _SAME_METHOD
        if changed or origin(absolute) != self._origin:
            resp.close()
            raise self._elsewhere(absolute)
        return target

    def _elsewhere(self, url: str) -> FloeError:
        return FloeError(
            CATALOG_ELSEWHERE,
            f"the catalog at {self._origin} sends on to {origin(url)}; nothing was sent there",
            fix="set `uri` of catalog polaris to where the server really is, if that is what you expect",
        )

    def _not_taken(self, response: requests.Response) -> FloeError:
        oauth2, status = self._connection.oauth2, response.status_code
        if oauth2 is None:
            return FloeError(
                CATALOG_CREDENTIALS,
                f"the catalog at {self._origin} asks for credentials (status {status}) and has been given none",
                fix="set `oauth2.client_id` and `oauth2.client_secret` of catalog polaris",
            )
        tried = f"a new token of client {self._connection.client_id!r} from {self._connection.token_url}"
        return FloeError(
            CATALOG_CREDENTIALS,
            f"the catalog at {self._origin} does not take {tried} (status {status})",
            fix="check that `oauth2.token_url` is the identity provider that the server trusts, and `realm`",
        )
