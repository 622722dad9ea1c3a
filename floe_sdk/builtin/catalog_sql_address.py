"""Where the SQL catalog's database is: its URL, its driver, and what it says when it refuses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from floe_sdk import (
    CATALOG_CLIENT_MISSING,
    CATALOG_CORRUPT,
    CATALOG_DENIED,
    CATALOG_LOCKED,
    CATALOG_NOT_WRITABLE,
    CATALOG_UNREACHABLE,
    CATALOG_URI_WRONG,
    FloeError,
    redactor,
)

if TYPE_CHECKING:
    from sqlalchemy import URL
    from sqlalchemy.exc import SQLAlchemyError

SQLITE = "sqlite:///"
SQLITE_WAIT_SECONDS = 30
SERVER_WAIT_SECONDS = 10
SERVER_ANSWER_SECONDS = 60
POSTGRES_EXTRA = 'pip install "floe-sdk[postgres]"'
_NO_DATABASE = re.compile(r'database "[^"]*" does not exist')
_BAD_OPTION = re.compile(r"invalid connection option|invalid \w+ value")
_NO_CONNECTION = "let fewer clients connect at once, or raise the server's (or the user's or database's) limit"
_SECRETS = ("password", "passwd", "sslpassword")
_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl", "sslcrldir", "passfile")
_SYSTEM = "system"
"""Of `sslrootcert`: no file, but the authorities that the machine trusts."""

_AUTHORITY = "name the authority that signed the server's certificate: `?sslrootcert=FILE` in `uri`"
_DENIED = {
    "authentication failed": "check the user in `uri` and its password",
    "no password supplied": "name a secret beside `uri`: `password: {env: NAME}`",
    "no encryption": "the server lets nobody in without TLS: `?sslmode=require` at the end of `uri`",
    "does not support ssl": "the server has no TLS: turn it on there, or take `sslmode` out of `uri`",
    "certificate verify failed": _AUTHORITY,
    "root certificate file": _AUTHORITY,
    "does not match host name": "name the server in `uri` as its certificate does",
    "no pg_hba.conf entry": "have the server's pg_hba.conf let this user and machine in",
    "permission denied": "have the owner of the database run: grant create, usage on schema public to the user, and "
    "grant all on iceberg_tables, iceberg_namespace_properties to the user",
    "too many clients": _NO_CONNECTION,
    "too many connections": _NO_CONNECTION,
    "remaining connection slots": _NO_CONNECTION,
    "no space left on device": "make room on the server's disk",
    "read-only transaction": "name the server that takes writes (this one is a standby or read-only)",
}
"""What a server says that is there and refuses, and what to do; PostgreSQL's words, in lower case."""


@dataclass(frozen=True)
class Address:
    """The configured URI, and `file` where it is a file of SQLite; `password` takes the place of the URI's own."""

    uri: str
    password: str | None = field(default=None, repr=False)
    seconds: int | None = None
    """How long to wait for a server or for another process; by default as long as is usual for it."""

    folder: Path | None = None
    """Files of certificates that `uri` names are relative to it; None: to where the process is."""

    @property
    def answer_seconds(self) -> int:
        """How long a server may take for one transaction; those of a catalog take milliseconds."""
        return SERVER_ANSWER_SECONDS if self.seconds is None else self.seconds

    @property
    def file(self) -> Path | None:
        """The database's file, for SQLite."""
        name = self.uri.removeprefix(SQLITE).partition("?")[0]
        return Path(name) if self.uri.startswith(SQLITE) and name not in ("", ":memory:") else None

    @property
    def url(self) -> URL:
        """With a driver, a deadline, and the password, which the redactor knows from now on."""
        from sqlalchemy import make_url
        from sqlalchemy.exc import ArgumentError

        try:
            url = make_url(self.uri)
        except (ArgumentError, ValueError) as error:
            # Neither the URI nor the error is told: either may hold the password.
            problem = (
                "the catalog's `uri` is no URL of a database (or its password holds characters that it must quote)"
            )
            raise FloeError(CATALOG_URI_WRONG, problem, fix=CATALOG_URI_WRONG.remedy) from error
        if self.password:
            url = url.set(password=self.password)
        for secret in (url.password, *(url.query.get(name) for name in _SECRETS)):
            if isinstance(secret, str) and secret:
                redactor.add(secret)
        return _with_deadline(_with_files(_with_driver(url), self.folder), self.seconds)

    @property
    def where(self) -> str:
        """For messages: the file, or the server and the database."""
        if self.file is not None:
            return str(self.file)
        url = self.url
        host = f"{url.host or 'localhost'}{f':{url.port}' if url.port else ''}"
        return f"{url.get_backend_name()} at {host}/{url.database or ''}"

    def explain(self, error: SQLAlchemyError) -> FloeError:
        """The error of floe for one of the database."""
        reason = " ".join(str(getattr(error, "orig", None) or error).strip().partition("\nLINE ")[0].split())
        text = reason.lower()
        if _NO_DATABASE.search(text):
            fix = f"create it: createdb{_options(self.url)} {self.url.database}"
            return FloeError(CATALOG_DENIED, f"the catalog {self.where}: {reason}", fix=fix)
        if _BAD_OPTION.search(text):
            fix = "correct what stands behind the `?` of `uri`"
            return FloeError(CATALOG_URI_WRONG, f"the catalog {self.where}: {reason}", fix=fix)
        for words, fix in _DENIED.items():
            if words in text:
                return FloeError(CATALOG_DENIED, f"the catalog {self.where}: {reason}", fix=fix)
        if "locked" in text:
            code = CATALOG_LOCKED
        elif "disk is full" in text:
            fix = "make room on that disk, or set FLOE_STATE_DIR to a folder on another one"
            return FloeError(CATALOG_NOT_WRITABLE, f"the catalog {self.where}: {reason}", fix=fix)
        elif "readonly" in text or "read-only" in text or "unable to open" in text or "disk i/o error" in text:
            code = CATALOG_NOT_WRITABLE
        elif "not a database" in text or "malformed" in text:
            code = CATALOG_CORRUPT
        else:
            code = CATALOG_UNREACHABLE
        return FloeError(code, f"the catalog {self.where}: {reason}", fix=code.remedy)

    def without_driver(self, error: ImportError) -> FloeError:
        """The URI's database needs a package that isn't here."""
        postgres = self.url.get_backend_name() == "postgresql"
        fix = POSTGRES_EXTRA if postgres else f"pip install {error.name}"
        problem = f"the catalog {self.where}: the database's driver is not installed ({error.name})"
        return FloeError(CATALOG_CLIENT_MISSING, problem, fix=fix)


def _with_driver(url: URL) -> URL:
    """PostgreSQL's own spellings name no driver, and SQLAlchemy's idea of it changed: psycopg 3, where it is."""
    if url.drivername in ("postgres", "postgresql"):
        return url.set(
            drivername="postgresql" if not find_spec("psycopg") and find_spec("psycopg2") else "postgresql+psycopg"
        )
    return url


def has_password(uri: str) -> bool:
    """Whether it holds one, before the host or among the options; what can't be read and might counts, too."""
    try:
        parts = urlsplit(uri)
        return parts.password is not None or any(name.lower() in _SECRETS for name, _ in parse_qsl(parts.query))
    except ValueError:
        return "@" in uri


def _with_files(url: URL, folder: Path | None) -> URL:
    """PostgreSQL's client takes files from where the process is, which differs between commands."""
    if folder is None or url.get_backend_name() != "postgresql":
        return url
    given = {name: url.query[name] for name in _FILES if name in url.query}
    paths = {name: str(folder / each) for name, each in given.items() if isinstance(each, str) and each != _SYSTEM}
    return url.update_query_dict(paths)


def _with_deadline(url: URL, seconds: int | None) -> URL:
    """Let SQLite wait for another process that writes, instead of failing at once, and PostgreSQL not for ever."""
    backend = url.get_backend_name()
    name = {"sqlite": "timeout", "postgresql": "connect_timeout"}.get(backend)
    if name is None or name in url.query:
        return url
    usual = SQLITE_WAIT_SECONDS if backend == "sqlite" else SERVER_WAIT_SECONDS
    return url.update_query_dict({name: str(usual if seconds is None else seconds)})


def _options(url: URL) -> str:
    """How PostgreSQL's own commands reach the server."""
    given = {"-h": url.host, "-p": url.port, "-U": url.username}
    return "".join(f" {option} {value}" for option, value in given.items() if value)
