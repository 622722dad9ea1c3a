"""Files below the root of a storage, over the FileIO that its `storage_access` describes."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from floe_sdk.schemas.secret import Secret

if TYPE_CHECKING:
    from pyiceberg.io import FileIO

    from floe_sdk.schemas.access import StorageAccess


class Files(NamedTuple):
    """PyIceberg's FileIO for a storage, and its root."""

    io: FileIO
    root: str

    def new_place(self) -> str:
        """The address of a file that is not there."""
        return f"{self.root}contract/{uuid.uuid4().hex}/file.bin"

    def write(self, place: str, content: bytes, *, overwrite: bool = False) -> None:
        """Write a whole file."""
        with self.io.new_output(place).create(overwrite=overwrite) as stream:
            stream.write(content)

    def read(self, place: str) -> bytes:
        """Read a whole file."""
        with self.io.new_input(place).open() as stream:
            return stream.read()


def files_of(access: StorageAccess) -> Files:
    """By the properties that every client is given; their secrets are revealed."""
    from pyiceberg.io import load_file_io

    properties = {key: value.reveal() if isinstance(value, Secret) else value for key, value in access.file_io.items()}
    return Files(load_file_io(properties, access.root), access.root)


def listed(files: Files) -> set[str] | None:
    """The names of all files below the root; None where the FileIO can't list."""
    parts = urlsplit(files.root)
    if parts.scheme == "file":
        folder = Path(files.root.removeprefix("file://"))
        return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    from pyiceberg.io.pyarrow import PyArrowFileIO

    if not isinstance(files.io, PyArrowFileIO):
        return None
    from pyarrow.fs import FileSelector

    scheme, netloc, path = files.io.parse_location(files.root)
    system: Any = files.io.fs_by_scheme(scheme, netloc)
    found = system.get_file_info(FileSelector(path.rstrip("/"), allow_not_found=True, recursive=True))
    return {one.path for one in found if one.is_file}
