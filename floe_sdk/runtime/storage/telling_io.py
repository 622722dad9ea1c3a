"""Any FileIO, whose failures are told as floe tells them: which file, what was done with it, and what to do.

PyIceberg's own for Azure, Google and others raise what their clients do, each something else.
"""

from __future__ import annotations

import functools
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from pyiceberg.io import FileIO, InputFile, OutputFile  # noqa: TID253 - imported when a catalog is connected

from floe_sdk.runtime.storage.errors import is_elsewhere, storage_errors

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from pyiceberg.catalog import Catalog
    from pyiceberg.io import InputStream, OutputStream


def telling(catalog: Catalog) -> Catalog:
    """The catalog, whose tables' files are reached by such a FileIO from now on."""
    if "_load_file_io" not in vars(catalog):
        load = catalog._load_file_io  # noqa: SLF001 - where all of PyIceberg's catalogs make one

        @functools.wraps(load)
        def told(*arguments: Any, **named: Any) -> FileIO:
            return telling_io(load(*arguments, **named))

        setattr(catalog, "_load_file_io", told)  # noqa: B010 - mypy lets no method be replaced
    return catalog


def telling_io(io: FileIO) -> FileIO:
    """The same FileIO, of a subclass of its class: PyIceberg asks for the class where it reads with Arrow."""
    if not isinstance(io, TellingIO):
        io.__class__ = _subclass(type(io))
    return io


class TellingIO(FileIO):
    """What such a class has before the FileIO's own."""

    @property
    def _storage(self) -> str:
        """`storage/<name>` of the plugin whose FileIO it is, where that is known."""
        return ""

    def new_input(self, location: str) -> InputFile:
        """The file to read."""
        file = super().new_input(location)  # type: ignore[safe-super]  # of the class that this stands before
        return _File(file, self._told) if is_elsewhere(location) else file

    def new_output(self, location: str) -> OutputFile:
        """The file to write."""
        file = super().new_output(location)  # type: ignore[safe-super]  # as above
        return _File(file, self._told) if is_elsewhere(location) else file

    def delete(self, location: str | InputFile | OutputFile) -> None:
        """Delete a file."""
        uri = location if isinstance(location, str) else location.location
        with self._told("delete", uri):
            super().delete(uri)  # type: ignore[safe-super]  # as above

    def _told(self, operation: str, uri: str) -> AbstractContextManager[None]:
        return storage_errors(operation, uri, self._storage) if is_elsewhere(uri) else nullcontext()


@functools.cache
def _subclass(kind: type[FileIO]) -> type[FileIO]:
    def reduce(io: FileIO) -> tuple[Any, ...]:
        return _again, (kind, io.properties)

    own = {"__module__": kind.__module__, "__doc__": kind.__doc__, "__reduce__": reduce}
    return type(kind.__name__, (TellingIO, kind), own)


def _again(kind: type[FileIO], properties: dict[str, str]) -> FileIO:
    return telling_io(kind(properties))


class _File(InputFile, OutputFile):
    """A file of such a FileIO."""

    def __init__(self, file: Any, told: Callable[[str, str], AbstractContextManager[None]]) -> None:
        super().__init__(file.location)
        self._file = file
        self._told = told

    def __len__(self) -> int:
        with self._told("read", self.location):
            return len(self._file)

    def exists(self) -> bool:
        with self._told("look for", self.location):
            return bool(self._file.exists())

    def open(self, seekable: bool = True) -> InputStream:
        with self._told("read", self.location):
            opened: InputStream = self._file.open(seekable=seekable)
            return opened

    def create(self, overwrite: bool = False) -> OutputStream:
        with self._told("write", self.location):
            created: OutputStream = self._file.create(overwrite=overwrite)
            return created

    def to_input_file(self) -> InputFile:
        return _File(self._file.to_input_file(), self._told)
