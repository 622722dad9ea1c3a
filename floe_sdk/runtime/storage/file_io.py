"""`FileSystemIO`: how tables' files are reached on a storage that PyIceberg knows nothing of."""

from __future__ import annotations

import threading
from abc import abstractmethod
from functools import cached_property
from typing import Any

from pyiceberg.io.pyarrow import PyArrowFileIO  # noqa: TID253 - PyIceberg imports this when it needs it
from pyiceberg.typedef import EMPTY_DICT, Properties  # noqa: TID253 - as above

from floe_sdk.runtime.storage.errors import storage_errors
from floe_sdk.runtime.storage.telling_io import TellingIO


class FileSystemIO(TellingIO, PyArrowFileIO):  # type: ignore[misc]  # of its files no more is asked than of any
    """A FileIO over any file system of fsspec or PyArrow. Subclass it, and name the subclass in `py-io-impl`.

        class SftpIO(FileSystemIO):
            schemes = ("sftp",)

            def filesystem(self, netloc: str) -> Any:
                return fsspec.filesystem("sftp", host=netloc, password=self.properties["sftp.password"])

    `schemes` are those of the URIs that it reaches; others are reached as PyIceberg does. It is made from the
    properties alone, with every secret revealed, on whichever machine and in whichever process reads or writes.

    What the file system raises is told as FloeError, with the operation, the file and the plugin; FileNotFoundError,
    and that alone, says that a file is not there, and stays.
    """

    schemes: tuple[str, ...] = ()

    def __init__(self, properties: Properties = EMPTY_DICT) -> None:
        super().__init__(properties)
        self._lock = threading.Lock()
        self._made: dict[str, Any] = {}
        self._others = self.fs_by_scheme
        self.fs_by_scheme = self._by_scheme

    @abstractmethod
    def filesystem(self, netloc: str) -> Any:
        """A file system of fsspec or of PyArrow, whose paths are what follows `scheme://` in a URI.

        Called once for each `netloc` (what stands between `://` and the next `/`), from any thread; what it gives is
        used from several threads at once.
        """

    def __reduce__(self) -> tuple[Any, ...]:
        """Only the properties are taken to another process."""
        return type(self), (self.properties,)

    def _by_scheme(self, scheme: str, netloc: str | None = None) -> Any:
        if scheme not in self.schemes:
            return self._others(scheme, netloc)
        with self._lock:
            held = self._made.get(netloc or "")
            if held is None:
                with storage_errors("reach", f"{scheme}://{netloc or ''}", self._storage):
                    made = self.filesystem(netloc or "")
                held = self._made[netloc or ""] = self._of_arrow(made, scheme)
            return held

    def _of_arrow(self, made: Any, scheme: str) -> Any:
        from pyarrow.fs import FileSystem, PyFileSystem

        from floe_sdk.runtime.storage.foreign_files import ForeignFiles

        return made if isinstance(made, FileSystem) else PyFileSystem(ForeignFiles(made, scheme, self._storage))

    @cached_property
    def _storage(self) -> str:
        """`storage/<name>` of the plugin that the class belongs to, by the package of both; else its scheme."""
        from floe_sdk.plugins.discovery import discover

        package = _package(type(self).__module__)
        own = [each for each in discover().records if each.type == "storage" and _package(each.target) == package]
        return own[0].identity if len(own) == 1 else f"storage {self.schemes[0]}"


def _package(module: str) -> str:
    return module.partition(":")[0].partition(".")[0]
