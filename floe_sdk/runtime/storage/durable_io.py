"""A FileIO for folders of this machine whose files are on the disk when they are closed."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pyiceberg.io.pyarrow import PyArrowFile, PyArrowFileIO  # noqa: TID253 - imported when a catalog is connected

from floe_sdk.project.files import is_full
from floe_sdk.runtime.storage.durable import local_path, make_folder, sync_files

if TYPE_CHECKING:
    from pyiceberg.io import OutputStream


class DurableFileIO(PyArrowFileIO):
    """PyIceberg's own, but for what it writes on this machine: a catalog's client may commit what refers to it."""

    def new_output(self, location: str) -> PyArrowFile:
        """The file to write; one elsewhere is written as PyIceberg does."""
        path = local_path(location)
        if path is None:
            return super().new_output(location)
        scheme, netloc, name = self.parse_location(location, self.properties)
        return _DurableFile(location, name, self.fs_by_scheme(scheme, netloc))


class _DurableFile(PyArrowFile):
    def create(self, overwrite: bool = False) -> OutputStream:
        path = Path(self._path)
        make_folder(path.parent)
        return _Stream(path, overwrite=overwrite)


class _Stream(io.BufferedWriter):
    def __init__(self, path: Path, *, overwrite: bool) -> None:
        super().__init__(io.FileIO(path, "w" if overwrite else "x"))
        self._file = path

    def close(self) -> None:
        if self.closed:
            return
        try:
            super().close()
            sync_files([str(self._file)])
        except OSError as error:
            self._discard(error)
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, *rest: object) -> None:
        if kind is None:
            return self.close()
        with suppress(OSError):
            super().close()
        return self._discard(error)

    def _discard(self, error: BaseException | None) -> None:
        """Leave nothing of what is not whole and name it: of a full disk the system does not say which file it was."""
        with suppress(OSError):
            self._file.unlink()
        if isinstance(error, OSError) and error.filename is None and is_full(error):
            error.filename = str(self._file)
