"""A file of JSON lines that several processes may append to; shared by the `file` plugins."""

from __future__ import annotations

import os
import tempfile
import time
from typing import TYPE_CHECKING, BinaryIO

from floe_sdk import Health

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from floe_sdk import PluginContext


class JsonLines:
    """Appends whole lines: each is one write at the end of the file, so lines of two processes never mix."""

    def __init__(self, context: PluginContext, path: str | None, default: str) -> None:
        self.path: Path = context.platform_root / context.expand(path) if path else context.product_state / default

    def append(self, lines: Iterable[str]) -> None:
        """Append; creates the file and its folder. Raises OSError when it can't be written in full."""
        file = self._opened()
        try:
            for line in lines:
                data = f"{line}\n".encode()
                written = os.write(file, data)
                if written != len(data):
                    _take_back(file, written)
                    message = f"{self.path}: the disk took only a part of a line"
                    raise OSError(message)
        finally:
            os.close(file)

    def _opened(self) -> int:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        try:
            return os.open(self.path, flags, 0o666)
        except FileNotFoundError:  # the folder, which is there but for the first time
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return os.open(self.path, flags, 0o666)

    def last(self) -> str | None:
        """The last whole line that is there."""
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                block, data = 64 * 1024, b""
                while data.count(b"\n") < 2 and len(data) < size:  # noqa: PLR2004 - its end and that of the line before
                    data = _end_of(file, size, block)
                    block *= 8
        except FileNotFoundError:
            return None
        lines = data.split(b"\n")
        return lines[-2].decode() if len(lines) > 1 else None

    def health(self) -> Health:
        """Write and read beside the file, and open the file itself."""
        started = time.monotonic()
        try:
            self.append([])
            with tempfile.NamedTemporaryFile("w+", dir=self.path.parent, prefix=".floe-health-") as probe:
                probe.write("floe")
                probe.seek(0)
                ok = probe.read() == "floe"
        except OSError as error:
            reason = error.strerror or type(error).__name__
            return Health(
                ok=False,
                message=f"cannot write {self.path}: {reason}",
                seconds=time.monotonic() - started,
                fix="make room or give access there, or name another file with `path`",
            )
        return Health(ok=ok, message=f"wrote and read beside {self.path}", seconds=time.monotonic() - started)


def _end_of(file: BinaryIO, size: int, count: int) -> bytes:
    file.seek(max(0, size - count))
    return file.read()


def _take_back(file: int, written: int) -> None:
    """Remove a part of a line that was just written, unless another process has appended to it meanwhile."""
    end = os.lseek(file, 0, os.SEEK_CUR)
    if os.fstat(file).st_size == end:
        os.ftruncate(file, end - written)
