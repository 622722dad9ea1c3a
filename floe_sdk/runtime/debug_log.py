"""The engine's debug log, written by floe so that no secret gets into it."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from floe_sdk.observability.redaction import redactor
from floe_sdk.runtime.recovery.state import writable

if TYPE_CHECKING:
    from pathlib import Path


class DebugLog:
    """`<engine>.log` of the last run; that of the run before is kept as `<engine>.log.1`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with writable(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):
                path.replace(path.with_name(f"{path.name}.1"))
            self._file = path.open("w", encoding="utf-8", errors="backslashreplace")

    def write(self, level: str, message: str) -> None:
        """Add a line; one caller at a time. A full disk ends the log, not the run."""
        text = redactor.redact(message).rstrip()
        if text and not self._file.closed:
            at = datetime.now(timezone.utc).strftime("%H:%M:%S.%f")
            try:
                self._file.write(f"{at} [{level:<5}] {text}\n")
            except OSError:
                self.close()

    def close(self) -> None:
        """Write what is buffered."""
        with suppress(OSError):
            self._file.close()
