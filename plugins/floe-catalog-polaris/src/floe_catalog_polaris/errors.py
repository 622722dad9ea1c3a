"""What went wrong with a call, in words of floe."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import requests
from pydantic import ValidationError
from pyiceberg import exceptions as iceberg

from floe_sdk import (
    CATALOG_FORBIDDEN,
    CATALOG_LOCATION,
    CATALOG_REFUSED,
    CATALOG_UNREACHABLE,
    CREDENTIAL_VENDING,
    METADATA_MISSING,
    ErrorCode,
    FloeError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_Function = TypeVar("_Function", bound="Callable[..., Any]")
_VENDING = "Credential vending was requested"
_GONE = "NotFoundException: "
"""What a server's own storage says of a file: Polaris answers 404 then, as if there were no such table, others 500.
Polaris says so of its catalogs and of paths of its address that it does not know, too; never of a table."""

_FILE = re.compile(r"(?<!http)(?<!https)://|\.metadata\.json|Location does not exist")

_PURGE = "DROP_WITH_PURGE_ENABLED"
_ALLOW_PURGE = "the server's catalog must allow it: its property polaris.config.drop-with-purge.enabled"
_PLACES = ("Invalid locations", "conflicts with existing table or namespace")
_FIX_PLACE = (
    "a table has to be below the place of its namespace, which is the catalog's default-base-location and the "
    "namespace's name unless it was made elsewhere, and not inside of another table; `floe catalog provision "
    "--dry-run` compares that with the storage"
)
_CODES: dict[type[Exception], ErrorCode] = {
    iceberg.ForbiddenError: CATALOG_FORBIDDEN,
    iceberg.ServiceUnavailableError: CATALOG_UNREACHABLE,
}


_TRANSLATED = (
    requests.RequestException,
    iceberg.RESTError,
    iceberg.NoSuchNamespaceError,
    iceberg.NoSuchTableError,
    NotImplementedError,
    ValidationError,
)


def origin(url: str) -> str:
    """Scheme, host and port: what may be shown of an address that a server sent."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return f"{parts.scheme}://{host}:{parts.port or {'http': 80, 'https': 443}.get(parts.scheme, 0)}"


def unreachable(error: Exception, url: str) -> FloeError:
    """No answer."""
    if isinstance(error, requests.ConnectTimeout):
        reason = "no connection in time (connect_timeout_seconds)"
    elif isinstance(error, requests.Timeout) or "timed out" in str(error):
        reason = "no answer in time (read_timeout_seconds)"
    elif "refused" in str(error):
        reason = "the connection was refused"
    elif "resolve" in str(error) or "Name or service" in str(error):
        reason = "the host's name is not known"
    elif isinstance(error, requests.exceptions.SSLError):
        reason = "the server's certificate is not trusted; REQUESTS_CA_BUNDLE names one's own CA"
    else:
        reason = "the connection was cut"
    problem = f"the catalog's server at {origin(url)} can't be reached: {reason}"
    return FloeError(CATALOG_UNREACHABLE, problem, fix="check `uri` of catalog polaris and that its server runs")


def vending(reason: str) -> FloeError:
    """Credentials were asked for and the server has none."""
    return FloeError(
        CREDENTIAL_VENDING,
        f"the catalog hands out no storage credentials: {reason}",
        fix="give the storage keys of its own and set `credential_vending_enabled: false`, or have the server's "
        "catalog hand them out: a role (`storage_role_arn`) and `stsUnavailable: false` in its storage configuration",
    )


def explain(error: Exception, uri: str) -> FloeError | None:
    """The error of floe for one of PyIceberg or requests; None for one that a caller knows what to do with."""
    text = str(error)
    if text.startswith(_GONE):
        return _not_found(text)
    if isinstance(error, requests.JSONDecodeError):
        return _no_catalog(uri, "its answer is no JSON")
    if isinstance(error, requests.RequestException):
        return unreachable(error, uri)
    if isinstance(error, (iceberg.RESTError, NotImplementedError)):
        return _answered(error, text, uri)
    if isinstance(error, ValidationError):  # its text holds what was sent
        return _no_catalog(uri, f"{error.error_count()} problems in its answer")
    return None


def _not_found(text: str) -> FloeError:
    if not _FILE.search(text):
        return _refused(CATALOG_REFUSED, text, fix=CATALOG_REFUSED.remedy)
    problem = f"the server does not find a file of a table's metadata: {text.removeprefix(_GONE)}"
    return _refused(METADATA_MISSING, problem, fix=METADATA_MISSING.remedy)


def _answered(error: Exception, text: str, uri: str) -> FloeError:
    if isinstance(error, iceberg.BadRequestError) and _VENDING in text:
        return vending(text)
    if isinstance(error, iceberg.ForbiddenError) and any(each in text for each in _PLACES):
        return _refused(CATALOG_LOCATION, text, fix=_FIX_PLACE)
    code = _CODES.get(type(error), CATALOG_REFUSED)
    if code is CATALOG_UNREACHABLE:
        text = f"the catalog's server at {origin(uri)} is not well: {text}"
    return _refused(code, text, fix=_ALLOW_PURGE if _PURGE in text else code.remedy)


def _no_catalog(uri: str, reason: str) -> FloeError:
    problem = f"what answers at {origin(uri)} is no Iceberg REST catalog ({reason})"
    return FloeError(CATALOG_REFUSED, problem, fix="check `uri` of catalog polaris")


def _refused(code: ErrorCode, text: str, *, fix: str) -> FloeError:
    return FloeError(code, text.strip().splitlines()[0] if text.strip() else code.title, fix=fix)


def translated(function: _Function) -> _Function:
    """Have a method of the catalog raise `explain`'s errors; those that callers know (no such table, ...) pass."""

    @functools.wraps(function)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return function(self, *args, **kwargs)
        except _TRANSLATED as error:
            explained = explain(error, self.connection.config.uri)
            if explained is None:
                raise
            raise explained from error

    return call  # type: ignore[return-value]  # the same signature
