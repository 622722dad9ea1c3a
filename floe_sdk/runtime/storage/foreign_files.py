"""A file system of fsspec as Arrow sees it, whose failures are told, and never taken for a file that is not there."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pyarrow import PythonFile  # noqa: TID253 - imported by `file_io` alone, which PyIceberg imports when it needs it
from pyarrow.fs import FileInfo, FileType, FSSpecHandler  # noqa: TID253 - as above

from floe_sdk.runtime.storage.errors import storage_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager


class ForeignFiles(FSSpecHandler):  # type: ignore[misc]  # Arrow has no types
    """Asks `info()` where Arrow's own would ask `isfile()` and `exists()`, which in fsspec take any error for "no".

    `scheme` is that of the URIs whose rest the paths are, `storage` names the plugin in errors.
    """

    def __init__(self, fs: Any, scheme: str, storage: str) -> None:
        super().__init__(fs)
        self._scheme = scheme
        self._storage = storage

    def get_file_info(self, paths: list[str]) -> list[FileInfo]:
        return [self._info(path) for path in paths]

    def get_file_info_selector(self, selector: Any) -> list[FileInfo]:
        kind = self._info(selector.base_dir).type
        if kind is FileType.NotFound:
            if selector.allow_not_found:
                return []
            raise FileNotFoundError(2, "No such folder", self._uri(selector.base_dir))
        if kind is FileType.File:
            raise NotADirectoryError(20, "It is a file", self._uri(selector.base_dir))
        with self._errors("list", selector.base_dir):
            return list(self._below(selector.base_dir, selector.recursive))

    def _below(self, folder: str, recursive: bool) -> Iterator[FileInfo]:
        """By `ls()`: in fsspec `find()` and `walk()` leave out what could not be listed."""
        for info in self.fs.ls(folder, detail=True):
            path = info["name"]
            if path.strip("/") == folder.strip("/"):
                continue
            yield self._create_file_info(path, info)
            if recursive and info["type"] == "directory":
                with suppress(FileNotFoundError):  # deleted in between
                    yield from self._below(path, recursive)

    def create_dir(self, path: str, recursive: bool) -> None:
        with self._errors("make the folder", path):
            super().create_dir(path, recursive)

    def delete_file(self, path: str) -> None:
        self._check(path, "delete")
        with self._errors("delete", path):
            self.fs.rm(path)

    def open_input_stream(self, path: str) -> PythonFile:
        return self.open_input_file(path)

    def open_input_file(self, path: str) -> PythonFile:
        self._check(path, "read")
        with self._errors("read", path):
            file = self.fs.open(path, mode="rb")
        return PythonFile(_File(file, lambda: self._errors("read", path)), mode="r")

    def open_output_stream(self, path: str, metadata: Any) -> PythonFile:  # noqa: ARG002 - Arrow's
        with self._errors("write", path):
            file = self.fs.open(path, mode="wb")
        return PythonFile(_File(file, lambda: self._errors("write", path)), mode="w")

    def _check(self, path: str, operation: str) -> None:
        if self._info(path, operation).type is FileType.NotFound:
            raise FileNotFoundError(2, "No such file", self._uri(path))

    def _info(self, path: str, operation: str = "look for") -> FileInfo:
        try:
            with self._errors(operation, path):
                return self._create_file_info(path, self.fs.info(path))
        except FileNotFoundError:
            return FileInfo(path, FileType.NotFound)

    def _errors(self, operation: str, path: str) -> AbstractContextManager[None]:
        return storage_errors(operation, self._uri(path), self._storage)

    def _uri(self, path: str) -> str:
        return f"{self._scheme}://{path}"


class _File:
    """What Arrow calls of an open file; `errors` is around each call that may ask the storage."""

    def __init__(self, file: Any, errors: Callable[[], AbstractContextManager[None]]) -> None:
        self._file = file
        self._errors = errors

    @property
    def closed(self) -> bool:
        return bool(self._file.closed)

    def read(self, *size: Any) -> Any:
        with self._errors():
            return self._file.read(*size)

    def write(self, data: Any) -> Any:
        with self._errors():
            return self._file.write(data)

    def seek(self, *place: Any) -> Any:
        with self._errors():
            return self._file.seek(*place)

    def tell(self) -> Any:
        return self._file.tell()

    def flush(self) -> None:
        with self._errors():
            self._file.flush()

    def close(self) -> None:
        with self._errors():
            self._file.close()
