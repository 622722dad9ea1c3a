"""A table's files: those that its snapshots refer to, and those that are there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyiceberg.io import FileIO
    from pyiceberg.table import Table
    from pyiceberg.table.snapshots import Snapshot


@dataclass(frozen=True)
class StoredFile:
    """A file as storage lists it: its URI as the table would write it, and the key by which it is compared."""

    uri: str
    key: str
    size: int
    modified: datetime


def key_of(uri: str) -> str:
    """What two spellings of one file have in common (`file:///a` and `/a`, `s3://b/k` and `s3a://b/k`)."""
    from pyiceberg.io.pyarrow import PyArrowFileIO

    return str(PyArrowFileIO.parse_location(uri)[2])


def is_outside(location: str, root: str) -> bool:
    """Whether a table on the local file system lies outside `root`, as after its catalog's folder was copied."""
    from pyiceberg.io.pyarrow import PyArrowFileIO

    (scheme, _, path), (other, _, folder) = map(PyArrowFileIO.parse_location, (location, root))
    return scheme == other == "file" and not Path(path).resolve().is_relative_to(Path(folder).resolve())


def referenced(table: Table, snapshots: Iterable[Snapshot]) -> set[str]:
    """The URIs of all files that these snapshots need: manifest lists, manifests, data, deletes, statistics."""
    io = table.io
    found: set[str] = set()
    for snapshot in snapshots:
        found.add(snapshot.manifest_list)
        for manifest in snapshot.manifests(io):
            if manifest.manifest_path not in found:
                found.add(manifest.manifest_path)
                if manifest.has_added_files() or manifest.has_existing_files():  # else it tells only what is gone
                    entries = manifest.fetch_manifest_entry(io, discard_deleted=True)
                    found.update(entry.data_file.file_path for entry in entries)
    ids = {snapshot.snapshot_id for snapshot in snapshots}
    metadata = table.metadata
    for statistics in (*metadata.statistics, *metadata.partition_statistics):
        if statistics.snapshot_id in ids:
            found.add(statistics.statistics_path)
    return found


def metadata_files(table: Table) -> set[str]:
    """The current metadata file and those that it remembers."""
    return {table.metadata_location, *(entry.metadata_file for entry in table.metadata.metadata_log)}


def stored(io: FileIO, location: str, leave_out: Iterable[str] = ()) -> Iterator[StoredFile]:
    """Every file below a table's location; not those of other tables that lie below it (`leave_out`, locations)."""
    from pyarrow.fs import FileSelector, FileType
    from pyiceberg.io.pyarrow import PyArrowFileIO

    scheme, netloc, path = PyArrowFileIO.parse_location(location)
    others = tuple(f"{key_of(other).rstrip('/')}/" for other in leave_out)
    arrow = io if isinstance(io, PyArrowFileIO) else PyArrowFileIO(io.properties)
    filesystem = arrow.fs_by_scheme(scheme, netloc)
    root = path.rstrip("/")
    if scheme == "file":
        others += tuple(f"{link}/" for link in _links(root))
    for info in filesystem.get_file_info(FileSelector(root, recursive=True, allow_not_found=True)):
        if info.type is FileType.File and not f"{info.path}/".startswith(others):
            uri = f"{location.rstrip('/')}{info.path.removeprefix(root)}"
            modified = info.mtime or datetime.now(timezone.utc)  # of unknown age counts as new
            yield StoredFile(uri, info.path, info.size or 0, modified.astimezone(timezone.utc))


def _links(root: str) -> Iterator[str]:
    """The symbolic links in a folder: what they lead to is somebody else's, under another name."""
    for folder, folders, files in os.walk(root):
        yield from (path for name in (*folders, *files) if os.path.islink(path := f"{folder}/{name}"))  # noqa: PTH114


def size_of(io: FileIO, uri: str) -> int:
    """The file's size; 0 where it is gone."""
    try:
        return len(io.new_input(uri))
    except FileNotFoundError:
        return 0
