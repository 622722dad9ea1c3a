"""Storage `v01`: tables in a folder."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path

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
from pydantic import Field


class V01StorageConfig(PluginConfig):
    """What stands under `config:` in manifest.yaml."""

    path: str = Field(
        min_length=1,
        description="The folder, relative to manifest.yaml; {environment} is expanded.",
    )


class V01Storage:
    """Tables in a folder, which is made when it is needed."""

    def __init__(self, config: V01StorageConfig, context: PluginContext) -> None:
        folder = context.platform_root / Path(context.expand(config.path)).expanduser()
        self._folder = Path(os.path.abspath(folder))

    @hookimpl
    def storage_access(self) -> StorageAccess:
        """Where tables are placed; no input or output, no secret revealed."""
        path = self._folder.as_posix()
        if odd := [character for character in "?#%" if character in path]:
            raise FloeError(
                STORAGE_PATH,
                f"the folder's path holds {odd[0]!r}, which Iceberg's clients misread: {path}",
                fix="set `path` of storage `v01` to another folder",
            )
        return StorageAccess(root=f"file://{'' if path.startswith('/') else '/'}{path.rstrip('/')}/")

    @hookimpl
    def storage_ready(self, timeout: float) -> None:
        """Make the folder and write into it once."""
        self._round_trip()

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        """Write, read and delete a file."""
        started = time.monotonic()
        try:
            self._round_trip()
        except FloeError as error:
            return Health.fault(error, time.monotonic() - started)
        message = f"wrote, read and deleted a file in {self._folder}"
        return Health(ok=True, message=message, seconds=time.monotonic() - started)

    def _round_trip(self) -> None:
        probe = self._folder / f".floe-probe-{uuid.uuid4().hex}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                probe.write_text("floe", encoding="utf-8")
                probe.read_text(encoding="utf-8")
            finally:
                probe.unlink(missing_ok=True)
        except OSError as error:
            raise FloeError(
                STORAGE_NOT_WRITABLE,
                f"the folder {self._folder} can't be written: {error.strerror or error}",
                fix="make room or give access there, or set `path` of storage `v01`",
            ) from error
