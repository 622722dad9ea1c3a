"""The data files that a run has begun to write, and removing those that a dead run left."""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import threading
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.project.files import cannot_write
from floe_sdk.runtime.s3 import S3Options
from floe_sdk.runtime.uploads import abort_uploads, is_s3
from floe_sdk.schemas.session import RUN_ID_PROPERTY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from pyiceberg.catalog import Catalog
    from pyiceberg.io import FileIO
    from pyiceberg.table import Table

    from floe_sdk.plugins.host import Platform

_logger = logging.getLogger("floe.recovery")
SUFFIX = ".files"
"""A run's journal of files is `<product_state>/runs/<run_id>.files`."""


class FileJournal:
    """One run's data files: one JSON line before a file is written, one when it is committed or deleted.

    `place` says which catalog it is (`place_of`): another one does not know what was committed there.

    Lines are appended whole, so that what a killed process left can be read; the file appears with the first line.
    Raises FloeError (exit code 1) for a line that can't be written: its file must not be begun then.
    """

    def __init__(self, path: Path, run_id: str, place: Callable[[], str] = str) -> None:
        self.path = path
        self.run_id = run_id
        self._place = place
        self._lock = threading.Lock()

    def begun(self, uri: str, namespace: str, table: str) -> None:
        """Record a file that is about to be written."""
        self._append([{"file": uri, **self._of(namespace, table)}])

    def committing(self, commit: str, snapshot_id: int, location: str, namespace: str, table: str) -> None:
        """Record a commit whose manifests are about to be written to `location`/metadata."""
        entry = {"commit": commit, "snapshot": str(snapshot_id), "location": location}
        self._append([{**entry, **self._of(namespace, table)}])

    def settled(self, uris: Iterable[str]) -> None:
        """Record files that were committed or deleted, and commits that are done."""
        self._append([{"settled": uri} for uri in uris])

    def close(self) -> None:
        """Remove the journal when nothing in it is open; call it at the end of the run."""
        if self.path.exists() and not unsettled(self.path):
            self.path.unlink()

    def _of(self, namespace: str, table: str) -> dict[str, str]:
        return {"namespace": namespace, "table": table, "run_id": self.run_id, "place": self._place()}

    def _append(self, lines: list[dict[str, str]]) -> None:
        if not lines:
            return
        data = "".join(json.dumps(line) + "\n" for line in lines).encode()
        try:
            with self._lock:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
                try:
                    size = os.fstat(handle).st_size
                    if os.write(handle, data) != len(data):
                        os.ftruncate(handle, size)  # the next line must not become a part of this one
                        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                finally:
                    os.close(handle)
        except OSError as error:
            raise cannot_write(self.path, error) from error


def unsettled(journal: Path) -> list[dict[str, str]]:
    """What in a journal is of unknown fate: `{file, namespace, table, run_id}` of a data file, and of a commit
    `{commit, snapshot, location, namespace, table, run_id}`."""
    open_entries: dict[str, dict[str, str]] = {}
    for line in journal.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue  # the last line of a process that died while it wrote it: that file was not begun
        if "settled" in entry:
            open_entries.pop(entry["settled"], None)
        else:
            open_entries[entry.get("file") or entry["commit"]] = entry
    return list(open_entries.values())


def place_of(platform: Platform) -> str:
    """What tells the platform's catalog and storage from others."""
    storage = platform.storage.storage_access()
    access = platform.catalog.catalog_access(storage=storage)
    addresses = (str(access.properties.get(key)).partition("?")[0] for key in ("uri", "warehouse"))
    told = [access.type, *addresses, storage.root]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def begun_elsewhere(journal: Path, place: str) -> bool:
    """Whether a run's files were written for another catalog or storage."""
    return any(entry.get("place") not in (None, "", place) for entry in unsettled(journal))


def clean_orphans(catalog: Catalog, journal: Path) -> list[str]:
    """Delete the files that a dead run wrote and did not commit, then its journal; returns what was deleted.

    Call it only for a run that is known to be dead. A file that any snapshot of that run, or the table as it is now,
    refers to was committed and stays.
    """
    deleted = []
    tables: dict[tuple[str, str], tuple[Table | None, set[str]]] = {}
    for entry in unsettled(journal):
        key = (entry["namespace"], entry["table"])
        if key not in tables:
            tables[key] = _committed(catalog, key, entry["run_id"])
        table, committed = tables[key]
        if "commit" in entry:
            deleted += _clean_metadata(catalog, table, entry)
        elif entry["file"] not in committed:
            io = _file_io_of(catalog, key, table, entry["file"].rpartition("/data/")[0])
            deleted += [entry["file"]] if _delete(io, entry["file"]) else []
    journal.unlink()
    return deleted


def delete_files(catalog: Catalog, uris: Iterable[str], io: FileIO | None = None) -> list[str]:
    """Delete data files that no table refers to; returns those that are gone, also those that never were there.

    One that can't be deleted now stays in the journal, for the next run: what went wrong before matters more.
    """
    gone = []
    for uri in uris:
        try:
            _delete(io or _file_io(catalog, uri), uri)
        except (FloeError, OSError) as error:
            _logger.warning("%s could not be deleted yet: %s", uri, getattr(error, "problem", error))
            continue
        gone.append(uri)
    return gone


def _clean_metadata(catalog: Catalog, table: Table | None, entry: Mapping[str, str]) -> list[str]:
    from floe_sdk.runtime.orphan_metadata import orphan_metadata

    key = (entry["namespace"], entry["table"])
    io = _file_io_of(catalog, key, table, entry["location"])
    orphans = orphan_metadata(io, table, entry["location"], entry["commit"], entry["snapshot"], entry["run_id"])
    return [uri for uri in orphans if _delete(io, uri)]


def _committed(catalog: Catalog, key: tuple[str, str], run_id: str) -> tuple[Table | None, set[str]]:
    from pyiceberg.exceptions import NoSuchNamespaceError, NoSuchTableError

    try:
        table = catalog.load_table(key)
    except (NoSuchTableError, NoSuchNamespaceError):
        return None, set()
    committed = {task.file.file_path for task in table.scan().plan_files()}
    for snapshot in table.snapshots():
        properties: Mapping[str, str] = snapshot.summary.additional_properties if snapshot.summary else {}
        if properties.get(RUN_ID_PROPERTY) == run_id:
            for manifest in snapshot.manifests(table.io):
                entries = manifest.fetch_manifest_entry(table.io, discard_deleted=True)
                committed.update(entry.data_file.file_path for entry in entries)
    return table, committed


def _file_io_of(catalog: Catalog, key: tuple[str, str], table: Table | None, location: str) -> FileIO:
    """What reaches the files of a table, also of one that was about to be created.

    Where the storage has no keys of its own, the catalog may hand them out: for the latter, if it is begun once more.
    """
    if table is not None:
        return table.io
    io = _file_io(catalog, location)
    if not is_s3(location) or S3Options.of(io.properties).access_key_id:
        return io
    from pyiceberg.exceptions import NoSuchNamespaceError, TableAlreadyExistsError
    from pyiceberg.schema import Schema

    try:
        begun = catalog.create_table_transaction(key, Schema(), location=location)
    except (NoSuchNamespaceError, TableAlreadyExistsError, FloeError):
        return io
    return begun._table.io  # noqa: SLF001 - a new table has no other


def _file_io(catalog: Catalog, uri: str) -> FileIO:
    from pyiceberg.io import load_file_io

    return load_file_io(catalog.properties, uri)


def _delete(io: FileIO, uri: str) -> bool:
    """Delete a file, and what was begun of it: parts of an object that was never completed are no file yet."""
    begun = abort_uploads(io, uri)
    try:
        io.delete(uri)
    except FileNotFoundError:
        return begun > 0
    return True
