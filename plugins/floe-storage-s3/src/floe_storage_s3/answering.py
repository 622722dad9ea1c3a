"""Whether a server answers at all, asked before a client that is patient: Arrow's takes most of a minute to give up."""

from __future__ import annotations

import functools
import random
import socket
import threading
import time
import urllib.request
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ssl import SSLError
from urllib.parse import urlsplit

from floe_sdk import STORAGE_UNREACHABLE, FloeError

DEADLINE = 10.0
"""Seconds that a server may be away before it is said: a restart is waited for, an outage isn't."""

_ONE_TRY = 5.0
_FRESH = 5.0
_PAUSE = 0.2
_LONGEST_PAUSE = 2.0


class Server:
    """A server that is asked whether it is there; once for all files that are opened within some seconds."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._lock = threading.Lock()
        self._answered = self._away = float("-inf")

    def check(self, operation: str, resource: str) -> None:
        """Wait a little for a server that is away. Raises FloeError, at once where it was just found so."""
        with self._lock:
            began = time.monotonic()
            if began - self._answered < _FRESH or _behind_proxy(self._endpoint):
                return
            patience = 0.0 if began - self._away < DEADLINE else DEADLINE
            pause, told = _PAUSE, self._silence()
            while told and (left := began + patience - time.monotonic()) > 0:
                time.sleep(min(left, pause * random.uniform(0.5, 1)))  # noqa: S311 - many that wait must not ask as one
                pause, told = min(pause * 2, _LONGEST_PAUSE), self._silence()
            if not told:
                self._answered = time.monotonic()
                return
            self._away = time.monotonic()
        waited = f" for {patience:g} s" if patience else ""
        problem = f"can't {operation} {resource}: the server can't be reached: {self._endpoint} is away{waited}: {told}"
        raise FloeError(STORAGE_UNREACHABLE, problem, fix=STORAGE_UNREACHABLE.remedy)

    def doubted(self) -> None:
        """Ask it again before the next file: a client had none of its answers."""
        self._answered = float("-inf")

    def _silence(self) -> str | None:
        """What kept it from answering; None when it did, whatever it said. Nothing secret is sent."""
        parts = urlsplit(self._endpoint)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=_ONE_TRY)
        try:
            connection.request("HEAD", "/")
            connection.getresponse()
        except (SSLError, HTTPException) as error:
            # A certificate is judged by the client, with the authorities that it knows; but a line that is cut
            # is a server that is away.
            return _words(error) if isinstance(error, ConnectionError) else None
        except OSError as error:
            return _words(error)
        finally:
            connection.close()
        return None


@functools.lru_cache(maxsize=64)
def server_at(endpoint: str) -> Server:
    """The one of this process, which all tables' files share: what one of them found out the others need not."""
    return Server(endpoint)


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {_ONE_TRY:g} s"
    if isinstance(error, socket.gaierror):
        return f"its name is not known ({error.strerror})"
    return str(getattr(error, "strerror", None) or error)


def _behind_proxy(endpoint: str) -> bool:
    """Whether the environment sends requests for it elsewhere, so that a direct one would prove nothing."""
    parts = urlsplit(endpoint)
    return parts.scheme in urllib.request.getproxies() and not urllib.request.proxy_bypass(parts.hostname or "")
