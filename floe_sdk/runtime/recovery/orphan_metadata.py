"""The metadata files that a dead run wrote for a commit which did not happen."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from floe_sdk.runtime.storage.durable import local_path
from floe_sdk.runtime.storage.uploads import begun_uploads
from floe_sdk.schemas.session import RUN_ID_PROPERTY

if TYPE_CHECKING:
    from pyiceberg.io import FileIO
    from pyiceberg.table import Table

_MANIFEST_LIST = re.compile(r"snap-(-?\d+)-\d+-([0-9a-f-]{36})\.avro")
_MANIFEST = re.compile(r"([0-9a-f-]{36})-m\d+\.avro")
_METADATA = ".metadata.json"


def orphan_metadata(
    io: FileIO, table: Table | None, location: str, commit: str, snapshot_id: str, run_id: str
) -> list[str]:
    """The URIs of those below `location` that the run's commit wrote and nothing refers to.

    A commit that was tried again has other names for its manifests; its snapshot's id stays. What another writer
    wrote is never among them. A name may be that of an upload which was begun and never completed.
    """
    folder = f"{location}/metadata"
    names = list_files(io, folder)
    written = [*names, *begun_uploads(io, folder)]
    lists = [found for name in written if (found := _MANIFEST_LIST.fullmatch(name))]
    own_lists = [found for found in lists if found[1] == snapshot_id]
    commits = {commit, *(found[2] for found in own_lists)}
    own = {found[0] for found in own_lists}
    own |= {name for name in written if (found := _MANIFEST.fullmatch(name)) and found[1] in commits}
    uris = {f"{folder}/{name}" for name in own}
    metadata_files = {f"{folder}/{name}" for name in names if name.endswith(_METADATA)}
    referred = _referred(table)
    uris |= {uri for uri in metadata_files - referred if _wrote(run_id, snapshot_id, io, uri)}
    return sorted(uris - referred)


def list_files(io: FileIO, folder: str) -> list[str]:
    """The names in a folder; none where there is no such folder."""
    if (path := local_path(folder)) is not None:
        return sorted(each.name for each in path.iterdir()) if path.is_dir() else []
    from pyarrow.fs import FileSelector
    from pyiceberg.io.pyarrow import PyArrowFileIO

    arrow = io if isinstance(io, PyArrowFileIO) else PyArrowFileIO(io.properties)
    scheme, netloc, name = arrow.parse_location(folder, arrow.properties)
    found = arrow.fs_by_scheme(scheme, netloc).get_file_info(FileSelector(name, allow_not_found=True))
    return sorted(each.base_name for each in found)


def _wrote(run_id: str, snapshot_id: str, io: FileIO, uri: str) -> bool:
    """Whether the run committed a metadata file's current snapshot, or was killed while it wrote the file.

    One that ends before it says whose it is stays: another writer may be in the middle of it.
    """
    try:
        with io.new_input(uri).open() as stream:
            raw = stream.read()
    except OSError:
        return False
    try:
        document = json.loads(raw)
    except ValueError:
        return any(mark.encode() in raw for mark in (f'"current-snapshot-id":{snapshot_id},', run_id))
    document = document if isinstance(document, dict) else {}
    current = document.get("current-snapshot-id")
    snapshots = document.get("snapshots") or ()
    summary = next((each.get("summary") for each in snapshots if each["snapshot-id"] == current), None)
    return (summary or {}).get(RUN_ID_PROPERTY) == run_id


def _referred(table: Table | None) -> set[str]:
    if table is None:
        return set()
    metadata = table.metadata
    uris = {table.metadata_location, *(entry.metadata_file for entry in metadata.metadata_log)}
    for snapshot in metadata.snapshots:
        uris.add(snapshot.manifest_list)
        uris.update(manifest.manifest_path for manifest in snapshot.manifests(table.io))
    return uris
