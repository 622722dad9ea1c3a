"""Tables in a folder of this machine."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path

from pydantic import Field

from floe_sdk import (
    STORAGE_NOT_WRITABLE,
    STORAGE_PATH,
    FloeError,
    Health,
    PluginConfig,
    PluginContext,
    StorageAccess,
    hookimpl,
)


class LocalStorageConfig(PluginConfig):
    """Configuration of storage `local`."""

    path: str | None = Field(
        default=None,
        min_length=1,
        description="The warehouse's folder, relative to manifest.yaml; else .floe/<environment>/warehouse there.",
    )


class LocalStorage:
    """Tables in a folder of this machine; shared by all products of the platform."""

    def __init__(self, config: LocalStorageConfig, context: PluginContext) -> None:
        configured = context.platform_root / Path(context.expand(config.path)).expanduser() if config.path else None
        folder = configured or context.platform_state / "warehouse"
        self._folder = Path(os.path.abspath(folder))  # noqa: PTH100 - resolve() would follow links

    @hookimpl
    def storage_access(self) -> StorageAccess:
        """The folder as a `file://` URI, not percent-encoded: Iceberg's clients take it as it is."""
        path = self._folder.as_posix()
        if odd := [character for character in "?#%" if character in path]:
            raise FloeError(
                STORAGE_PATH,
                f"the warehouse's path holds {odd[0]!r}, which Iceberg's clients misread: {path}",
                fix="set `path` of storage `local`, or FLOE_STATE_DIR, to another folder",
            )
        return StorageAccess(root=f"file://{'' if path.startswith('/') else '/'}{path.rstrip('/')}/")

    @hookimpl
    def storage_ready(self) -> None:
        """Make the folder and write into it once."""
        self._round_trip()

    @hookimpl
    def plugin_health(self) -> Health:
        """Write, read and delete a file."""
        start = time.perf_counter()
        try:
            self._round_trip()
        except FloeError as error:
            return Health.fault(error, time.perf_counter() - start)
        return Health(
            ok=True, message=f"wrote, read and deleted a file in {self._folder}", seconds=time.perf_counter() - start
        )

    def _round_trip(self) -> None:
        probe = self._folder / f".floe-probe-{uuid.uuid4().hex}"
        text = uuid.uuid4().hex
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                probe.write_text(text, encoding="utf-8")
                same = probe.read_text(encoding="utf-8") == text
            finally:
                probe.unlink(missing_ok=True)
        except OSError as error:
            raise self._not_writable(error.strerror or str(error)) from error
        if not same:
            raise self._not_writable("a file that was written reads differently")

    def _not_writable(self, reason: str) -> FloeError:
        return FloeError(
            STORAGE_NOT_WRITABLE,
            f"the warehouse's folder {self._folder} can't be written: {reason}",
            fix="make room or give access there, or name another folder with FLOE_STATE_DIR or the storage's `path`",
        )
