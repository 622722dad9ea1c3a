"""Whether a server answers at all, asked before a client that is patient: Arrow's takes most of a minute to give up."""

from __future__ import annotations

import functools
import os
import random
import socket
import threading
import time
import urllib.request
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ssl import SSLCertVerificationError, SSLContext, SSLError, create_default_context
from urllib.parse import urlsplit

from floe_sdk import STORAGE_SETTINGS, STORAGE_UNREACHABLE, FloeError, storage_error

DEADLINE = 10.0
"""Seconds that a server may be away before it is said: a restart is waited for, an outage isn't."""

_ONE_TRY = 5.0
_FRESH = 5.0
_PAUSE = 0.2
_LONGEST_PAUSE = 2.0
_NO_AUTHORITY = (18, 19, 20, 21)
"""OpenSSL's numbers for a chain that ends at nobody who is trusted; of names other clients judge in their own way."""

_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/ssl/cert.pem",
)
"""Where systems have the authorities that they trust, and Arrow looks for them."""


class Server:
    """A server that is asked whether it is there; once for all files that are opened within some seconds."""

    def __init__(self, endpoint: str, ca_file: str | None = None) -> None:
        self._endpoint = endpoint
        self._ca_file = ca_file
        self._lock = threading.Lock()
        self._answered = self._away = float("-inf")

    def check(self, operation: str, resource: str) -> None:
        """Wait a little for a server that is away. Raises FloeError, at once where it was just found so, or where its
        certificate is of no authority that a client could trust.
        """
        with self._lock:
            began = time.monotonic()
            if began - self._answered < _FRESH or _behind_proxy(self._endpoint):
                return
            patience = 0.0 if began - self._away < DEADLINE else DEADLINE
            try:
                pause, told = _PAUSE, self._silence()
            except SSLCertVerificationError as error:
                raise storage_error(error, operation, resource) from error
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
        host, port = parts.hostname or "", parts.port
        connection = (
            HTTPSConnection(host, port, timeout=_ONE_TRY, context=self._trusting())
            if parts.scheme == "https"
            else HTTPConnection(host, port, timeout=_ONE_TRY)
        )
        try:
            connection.request("HEAD", "/")
            connection.getresponse()
        except (SSLError, HTTPException) as error:
            if isinstance(error, SSLCertVerificationError) and error.verify_code in _NO_AUTHORITY:
                raise
            # What else there is to a certificate is judged by the client; but a line that is cut is a server that is
            # away.
            return _words(error) if isinstance(error, ConnectionError) else None
        except OSError as error:
            return _words(error)
        finally:
            connection.close()
        return None

    def _trusting(self) -> SSLContext:
        """With every authority that the client could know. Raises FloeError where its file is gone meanwhile."""
        try:
            context = create_default_context(cafile=self._ca_file)
        except OSError as error:
            problem = f"the storage's `ca_file` {self._ca_file} can't be read: {error.strerror or error}"
            fix = "correct `ca_file` in the storage's configuration"
            raise FloeError(STORAGE_SETTINGS, problem, fix=fix) from error
        for bundle in () if self._ca_file else filter(os.path.exists, _BUNDLES):
            context.load_verify_locations(bundle)
        return context


@functools.lru_cache(maxsize=64)
def server_at(endpoint: str, ca_file: str | None = None) -> Server:
    """The one of this process, which all tables' files share: what one of them found out the others need not."""
    return Server(endpoint, ca_file)


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
