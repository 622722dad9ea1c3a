"""The tables' files for a DuckDB that has no client of its own for them: each is read through its table's FileIO."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from fsspec.spec import AbstractFileSystem

if TYPE_CHECKING:
    import duckdb
    from pyiceberg.io import FileIO, InputFile

    from floe_compute_duckdb.object_store import Location

_UNCHANGING = datetime(2000, 1, 1, tzinfo=timezone.utc)


class FileIOFiles(AbstractFileSystem):  # type: ignore[misc]  # fsspec has no types
    """Reads what is below the locations that it was told; names are taken as they are, never as patterns."""

    cachable = False

    def __init__(self, schemes: tuple[str, ...]) -> None:
        super().__init__()
        self.protocol = schemes
        self._ios: dict[str, FileIO] = {}

    @classmethod
    def registered(cls, connection: duckdb.DuckDBPyConnection, schemes: tuple[str, ...]) -> FileIOFiles:
        """One that the connection's whole instance reads URIs of these schemes with."""
        files = cls(schemes)
        connection.register_filesystem(files)
        return files

    def grant(self, location: Location) -> datetime | None:
        """Read what is below the location with its FileIO."""
        self._ios = {**self._ios, location.prefix: location.io}
        return location.options.expires_at

    def visible(self, location: Location) -> bool:
        """As soon as it was granted."""
        return location.prefix in self._ios

    def writes(self) -> bool:
        """Files go up in parts, by another client."""
        return False

    def open(self, path: str, mode: str = "rb", **_: Any) -> Any:
        """A file to read. Raises PermissionError for writing."""
        if mode != "rb":
            raise PermissionError(f"{path} is only read here")
        try:
            return self._input(path).open(seekable=True)
        except FileNotFoundError:
            raise FileNotFoundError(f"{path} is gone") from None

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """The size, which costs a request."""
        return {"name": path, "size": len(self._input(path)), "type": "file"}

    def modified(self, path: str) -> datetime:  # noqa: ARG002 - fsspec's
        """Data files never change."""
        return _UNCHANGING

    def glob(self, path: str, **_: Any) -> list[str]:
        """The one file of that name."""
        return [path]

    def exists(self, path: str, **_: Any) -> bool:
        """Whether it is there."""
        return bool(self._input(path).exists())

    def _input(self, path: str) -> InputFile:
        uri = path if "://" in path else f"{self.protocol[0]}://{path}"
        found = max((prefix for prefix in self._ios if uri.startswith(prefix)), key=len, default=None)
        if found is None:
            raise FileNotFoundError(f"{uri} belongs to no table")
        return self._ios[found].new_input(uri)
