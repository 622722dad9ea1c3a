"""Files that grow by whole lines: what a run tells of itself, so that a kill loses nothing of it."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Lines:
    """A file that whole lines are appended to. Each is one write, with the system when `append` returns: killing the
    process loses none."""

    def __init__(self, path: Path, *, keep_open: bool) -> None:
        self._path = path
        self._keep_open = keep_open
        self._file: int | None = None
        self._lock = threading.Lock()  # a sink that was late may write while another thread closes

    def append(self, data: bytes) -> None:
        """Write at the end; raises OSError, and leaves nothing there, when not all could be written."""
        with self._lock:
            try:
                if self._file is None:
                    self._path.parent.mkdir(parents=True, exist_ok=True)
                    self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
                self._write(self._file, data)
            finally:
                if not self._keep_open:
                    self._release()

    def _write(self, file: int, data: bytes) -> None:
        written = os.write(file, data)
        if written != len(data):
            os.ftruncate(file, os.fstat(file).st_size - written)  # the product's lock keeps others away
            message = f"{self._path}: the disk took only a part of a line"
            raise OSError(message)

    def close(self) -> None:
        """Close it; what is appended later opens it for that alone."""
        with self._lock:
            self._keep_open = False
            self._release()

    def _release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
