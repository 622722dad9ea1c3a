"""Storage elsewhere as a DuckDB connection reaches it: what tables' own FileIO properties say, in DuckDB's terms.

With DuckDB's httpfs extension where it is installed (`floe-compute-duckdb[s3]`), each location on S3 gets a secret of
its own. Without it, and on any other storage, files are read through the table's FileIO, and written to a local file
that goes up afterwards.
"""

from __future__ import annotations

import logging
import threading
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Literal, Protocol

from floe_compute_duckdb import httpfs
from floe_compute_duckdb.scan import scan
from floe_compute_duckdb.sql import local_path
from floe_sdk import (
    S3_SCHEMES,
    STORAGE_CREDENTIALS,
    FloeError,
    S3Options,
    Secret,
    expires_soon,
    redactor,
    upload,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import duckdb
    from pyiceberg.io import FileIO
    from pyiceberg.manifest import DataFile
    from typing_extensions import Self

    from floe_sdk import StorageAccess, TableVersion

Way = Literal["auto", "httpfs", "pyarrow"]

_logger = logging.getLogger("floe.duckdb")
_MARGIN = timedelta(minutes=5)
_LONG_STATEMENT = timedelta(minutes=30)
_AGAIN = timedelta(seconds=5)


class Reached(Protocol):
    """One of the two ways in which a DuckDB instance reaches locations."""

    def grant(self, location: Location) -> datetime | None:
        """Reach it with the location's present options; returns when that ends, if it does."""

    def visible(self, location: Location) -> bool:
        """Whether the calling thread's connection reaches it now."""

    def writes(self) -> bool:
        """Whether COPY can write there."""


class Location:
    """What is below a prefix, and the FileIO that reaches it; `renew` returns one that does so for longer."""

    def __init__(self, number: int, prefix: str, io: FileIO, renew: Callable[[], FileIO] | None) -> None:
        self.number = number
        self.prefix = prefix
        self.renew = renew
        self.generation = 0
        self.failure: str | None = None
        self.renew_at: datetime | None = None
        self.use(io)

    def use(self, io: FileIO) -> None:
        """Reach it with this FileIO from now on."""
        self.io = io
        self.options = S3Options.of(io.properties)
        self.generation += 1
        self.failure = None

    def lasts_until(self, end: datetime | None) -> None:
        """Note when to renew: some minutes ahead, or half-way where it lasts no longer; at once what has ended."""
        now = datetime.now(timezone.utc)
        earliest = now if self.generation == 1 else now + _SOON
        self.renew_at = None if end is None else max(end - min(_MARGIN, max(end - now, timedelta(0)) / 2), earliest)

    def newer(self, options: S3Options) -> bool:
        """Whether these should be used instead: others that last, or last longer where the present ones don't."""
        present, end = self.options.expires_at, options.expires_at
        if self.renew_at is None or present is None or end is None:
            return self.renew_at is None and self.options != options
        return expires_soon(present, _LONG_STATEMENT) and end > present


_SOON = timedelta(seconds=0.2)


class ObjectStore:
    """The object storage of one DuckDB instance; usable from several threads.

    `connection` is the calling thread's own: a transaction that is open sees no secret that another one makes. Secrets
    never pass through an engine that logs its SQL. `folder` is this machine's for what is written before it goes up; an
    object store without one only reads.
    """

    def __init__(
        self,
        connection: Callable[[], duckdb.DuckDBPyConnection],
        way: Way,
        storage: StorageAccess,
        folder: Path | None = None,
    ) -> None:
        self._connection = connection
        self._way = way
        self._storage = storage
        self.folder = folder
        self._locations: dict[str, Location] = {}
        self._lock = threading.RLock()
        self._reached: dict[str, Reached] = {}
        self._timer: threading.Timer | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def set_up(self) -> None:
        """Make the instance able to reach the storage, where it is elsewhere; outside of a transaction."""
        if _is_elsewhere(self._storage.root):
            with self._lock:
                self._way_to(self._storage.root)

    def scan(self, version: TableVersion, files: Sequence[DataFile] | None = None, *, filename: bool = False) -> str:
        """The SELECT of `floe_compute_duckdb.scan.scan`, over files that this instance reaches from now on."""
        table = version.table
        held = version.files if files is None else files
        query = scan(version, held, filename=filename)
        own = f"{table.location().rstrip('/')}/"
        folders = {each.file_path.rpartition("/")[0] for each in held if not each.file_path.startswith(own)}
        for location in (own, *sorted(folders)):
            self.reach(location, table.io, lambda: table.catalog.load_table(table.name()).io)
        return query

    def reach(self, location: str, io: FileIO, renew: Callable[[], FileIO] | None = None) -> None:
        """Let the calling thread's connection reach what is below a location, as the FileIO does."""
        if not _is_elsewhere(location):
            return
        options = S3Options.of(io.properties)
        with self._lock:
            there = self._way_to(location)
            prefix = self._prefix(f"{location.rstrip('/')}/", options)
            held = self._locations.get(prefix)
            if held is None:
                held = self._locations[prefix] = Location(len(self._locations), prefix, io, renew)
                self._grant(there, held)
            elif held.newer(options):
                held.use(io)
                self._grant(there, held)
            self.renew_due()
            if expires_soon(held.options.expires_at, timedelta(0)):
                raise _ended(held)
            if not there.visible(held):
                self._grant(there, held)

    def reach_like(self, other: ObjectStore | None) -> None:
        """Reach whatever another one does."""
        for held in tuple(other._locations.values()) if other else ():  # noqa: SLF001 - of this class
            self.reach(held.prefix, held.io, held.renew)

    @contextmanager
    def writing(self, uri: str, io: Callable[[], FileIO]) -> Iterator[str]:
        """Where a COPY writes so that the file is at `uri` when the block ends; `io` gives one that lasts for now.

        DuckDB signs a whole COPY with the keys that it began with: where they may end before it does, the file goes up
        afterwards.
        """
        if not _is_elsewhere(uri):
            yield local_path(uri)
            return
        present = io()
        if self._way_to(uri).writes() and not expires_soon(S3Options.of(present.properties).expires_at, _MARGIN):
            self.reach(uri.rpartition("/")[0], present, io)
            yield uri
            return
        if self.folder is None:
            message = "an object store without a folder only reads"
            raise RuntimeError(message)
        local = self.folder / uri.rpartition("/")[2]
        try:
            yield str(local)
            upload(io(), local, uri)
        finally:
            local.unlink(missing_ok=True)

    def renew_due(self) -> None:
        """Renew what ends soon, for the calling thread's connection and for transactions that begin later."""
        with self._lock:
            now = datetime.now(timezone.utc)
            for held in self._locations.values():
                if held.renew_at is not None and held.renew_at <= now:
                    self._renew(held, now)

    def close(self) -> None:
        """Stop renewing; harmless twice."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()

    def _prefix(self, location: str, options: S3Options) -> str:
        """The storage's root stands for every table that is reached like it."""
        root = self._storage.root
        if not location.startswith(root):
            return location
        properties = {
            key: value.reveal() if isinstance(value, Secret) else value for key, value in self._storage.file_io.items()
        }
        return root if S3Options.of(properties) == options else location

    def _way_to(self, uri: str) -> Reached:
        scheme = _scheme(uri)
        on_s3 = scheme in S3_SCHEMES
        key = S3_SCHEMES[0] if on_s3 else scheme
        if key not in self._reached:
            extension = httpfs.extension() if on_s3 and self._way != "pyarrow" else None
            if extension is None and on_s3 and self._way == "httpfs":
                raise httpfs.missing()
            if extension:
                self._reached[key] = httpfs.HttpFS(self._connection, extension)
            else:
                from floe_compute_duckdb.file_io_files import FileIOFiles  # imports fsspec

                schemes = S3_SCHEMES if on_s3 else (scheme,)
                self._reached[key] = FileIOFiles.registered(self._connection(), schemes)
        return self._reached[key]

    def _grant(self, there: Reached, held: Location) -> None:
        held.lasts_until(there.grant(held))
        for secret in (held.options.secret_access_key, held.options.session_token):
            if secret:
                redactor.add(secret)
        if held.renew_at is not None and not there.writes():
            self._wake_at(held.renew_at)

    def _wake_at(self, moment: datetime) -> None:
        """Renew also while one long statement runs, which opens its files one after the other."""
        if self._timer is not None:
            self._timer.cancel()
        wait = max((moment - datetime.now(timezone.utc)).total_seconds(), 0)
        self._timer = threading.Timer(wait, self.renew_due)
        self._timer.daemon = True
        self._timer.start()

    def _renew(self, held: Location, now: datetime) -> None:
        try:
            if held.options.lasting and held.renew is not None:
                held.use(held.renew())
            else:  # the keys' source renews them by itself
                held.use(held.io)
            self._grant(self._way_to(held.prefix), held)
        except Exception as error:  # noqa: BLE001 - the old ones may still do; if not, the statement says so
            _logger.warning(
                "credentials for %s could not be renewed: %s", held.prefix, getattr(error, "problem", error)
            )
            held.failure = str(getattr(error, "problem", error))
            held.renew_at = now + _AGAIN


def _ended(held: Location) -> FloeError:
    reason = f"no others could be had: {held.failure}" if held.failure else "the catalog handed out none that last"
    problem = f"the credentials for {held.prefix} ended at {held.options.expires_at:%H:%M:%S} UTC, and {reason}"
    return FloeError(STORAGE_CREDENTIALS, problem, fix="run again when the catalog hands out credentials that last")


def writing(store: ObjectStore | None, uri: str, io: Callable[[], FileIO]) -> AbstractContextManager[str]:
    """`ObjectStore.writing`; without one, the path of a file of this machine."""
    return store.writing(uri, io) if store else nullcontext(local_path(uri))


def move(local: Path, uri: str, io: FileIO) -> None:
    """Have a file of this machine at `uri`. Raises FloeError, and leaves nothing there, when it fails."""
    if not _is_elsewhere(uri):
        with suppress(OSError):  # it is on another file system: it is copied there, or what is wrong is said
            local.replace(local_path(uri))
            return
    upload(io, local, uri)


def _is_elsewhere(uri: str) -> bool:
    """Whether DuckDB does not reach it as a file of this machine."""
    return _scheme(uri) not in ("", "file")


def _scheme(uri: str) -> str:
    scheme, found, _ = uri.partition("://")
    return scheme if found else ""
