"""The data files that a dead run wrote and did not commit, deleted by the next."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.runtime.recovery.file_journal import unsettled
from floe_sdk.runtime.storage.s3 import S3Options
from floe_sdk.runtime.storage.uploads import abort_uploads, is_s3
from floe_sdk.runtime.tables.listing import load_table
from floe_sdk.runtime.tables.snapshots import summary_of
from floe_sdk.schemas.session import RUN_ID_PROPERTY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pyiceberg.catalog import Catalog
    from pyiceberg.io import FileIO
    from pyiceberg.table import Table

_logger = logging.getLogger("floe.recovery")


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
    from floe_sdk.runtime.recovery.orphan_metadata import orphan_metadata

    key = (entry["namespace"], entry["table"])
    io = _file_io_of(catalog, key, table, entry["location"])
    orphans = orphan_metadata(io, table, entry["location"], entry["commit"], entry["snapshot"], entry["run_id"])
    return [uri for uri in orphans if _delete(io, uri)]


def _committed(catalog: Catalog, key: tuple[str, str], run_id: str) -> tuple[Table | None, set[str]]:
    table = load_table(catalog, *key)
    if table is None:
        return None, set()
    committed = {task.file.file_path for task in table.scan().plan_files()}
    for snapshot in table.snapshots():
        if summary_of(snapshot).get(RUN_ID_PROPERTY) == run_id:
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
