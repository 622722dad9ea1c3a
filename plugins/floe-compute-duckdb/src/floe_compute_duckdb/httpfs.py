"""DuckDB's extension `httpfs`: found as a package, loaded by its path, told keys by a secret for each location."""

from __future__ import annotations

import importlib.util
import random
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import duckdb

from floe_compute_duckdb.sql import literal
from floe_sdk import (
    S3_ATTEMPTS,
    S3_CLIENT_MISSING,
    STORAGE_CREDENTIALS,
    FloeError,
    s3_credentials,
    s3_region,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from floe_compute_duckdb.object_store import Location
    from floe_sdk import S3Credentials

_PACKAGE = "duckdb_extension_httpfs"
_SETTINGS = {
    # Parts of 16 MB, four at once: what an upload holds in memory. A file may have 10,000 of them.
    "s3_uploader_max_filesize": "'160GB'",
    "s3_uploader_thread_limit": "4",
    "enable_server_cert_verification": "true",  # of the one of its two clients for HTTP, and of the other
    "enable_curl_server_cert_verification": "true",
    "s3_url_compatibility_mode": "true",  # a key is a name, not a pattern
    "http_retries": str(S3_ATTEMPTS - 1),
    "http_retry_backoff": "2",
}
_LAST = 10**9


def extension() -> Path | None:
    """The extension's file for exactly this DuckDB; None where no package brings it."""
    spec = importlib.util.find_spec(_PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        file = Path(folder) / "extensions" / f"v{duckdb.__version__}" / "httpfs.duckdb_extension"
        if file.is_file():
            return file
    return None


def missing() -> FloeError:
    """What to say where it is asked for and not there."""
    problem = f"DuckDB's extension httpfs is not installed for DuckDB {duckdb.__version__}"
    return FloeError(S3_CLIENT_MISSING, problem, fix='pip install "floe-compute-duckdb[s3]"')


class HttpFS:
    """The extension in one DuckDB instance.

    A secret is never replaced: two transactions that did so at once would break each other. Of those with one scope
    DuckDB takes the first by name, so that a later generation has the lower number.
    """

    def __init__(self, connection: Callable[[], duckdb.DuckDBPyConnection], file: Path) -> None:
        self._connection = connection
        connection().execute(f"load {literal(str(file))}")
        wait = random.randint(50, 150)  # noqa: S311 - who waits begins with a time of its own
        for name, value in {**_SETTINGS, "http_retry_wait_ms": str(wait)}.items():
            connection().execute(f"set global {name} = {value}")

    def grant(self, location: Location) -> datetime | None:
        """Make a secret for the location, in memory only."""
        found = s3_credentials(location.options)
        if location.options.ca_file:
            self._connection().execute(f"set global ca_cert_file = {literal(location.options.ca_file)}")
        values = _values(location, found)
        settings = ", ".join(f"{key} {literal(value)}" for key, value in values.items())
        name = f"{_name(location)}{uuid.uuid4().hex}"
        try:
            self._connection().execute(f"create temporary secret {name} (type s3, {settings})")
        except duckdb.Error:  # its text could quote the statement
            problem = f"DuckDB does not take the credentials for {location.prefix}"
            raise FloeError(STORAGE_CREDENTIALS, problem, fix=STORAGE_CREDENTIALS.remedy) from None
        return found.expires_at if found else None

    def visible(self, location: Location) -> bool:
        """Whether a secret of the present generation is seen; a rollback takes one away that it made."""
        found = self._connection().execute(
            f"select count(*) from duckdb_secrets() where starts_with(name, {literal(_name(location))})"
        )
        return bool(found.fetchall()[0][0])

    def writes(self) -> bool:
        """It does."""
        return True


def _name(location: Location) -> str:
    return f"floe_{location.number:04}_{_LAST - location.generation}_"


def _values(location: Location, found: S3Credentials | None) -> dict[str, Any]:
    options = location.options
    values = {
        "scope": location.prefix,
        "key_id": found.access_key_id if found else "",
        "secret": found.secret_access_key if found else "",
        "session_token": (found.session_token if found else None) or "",
        "region": s3_region(options, location.prefix.partition("://")[2].partition("/")[0]),
        "url_style": "vhost" if options.virtual_addressing else "path",
    }
    if options.endpoint:
        parts = urlsplit(options.endpoint)
        values |= {"endpoint": parts.netloc, "use_ssl": str(parts.scheme == "https").lower()}
    if options.kms_key_id:
        values["kms_key_id"] = options.kms_key_id
    return values
