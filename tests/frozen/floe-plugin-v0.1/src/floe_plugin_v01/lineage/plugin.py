"""Lineage `v01`: OpenLineage events appended to a file."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from floe_sdk import Health, PluginConfig, PluginContext, hookimpl
from pydantic import Field


class V01LineageConfig(PluginConfig):
    """What stands under `config:` in manifest.yaml."""

    path: str | None = Field(
        default=None,
        min_length=1,
        description="The file, relative to manifest.yaml; default: a file in the product's state folder.",
    )


class V01Lineage:
    """OpenLineage events in a file, one JSON object a line."""

    def __init__(self, config: V01LineageConfig, context: PluginContext) -> None:
        path = context.platform_root / context.expand(config.path) if config.path else None
        self._path: Path = path or context.product_state / "v01.jsonl"

    @hookimpl
    def lineage_emit(self, event: Mapping[str, Any]) -> None:
        """Append one event; what is raised keeps the event, to be delivered again later."""
        self._append(json.dumps(event, ensure_ascii=False) + "\n")

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        """Open the file for writing."""
        started = time.monotonic()
        try:
            self._append("")
        except OSError as error:
            message = f"cannot write {self._path}: {error.strerror or type(error).__name__}"
            fix = "make room or give access there, or name another file with `path`"
            return Health(ok=False, message=message, seconds=time.monotonic() - started, fix=fix)
        return Health(ok=True, message=f"can write {self._path}", seconds=time.monotonic() - started)

    def _append(self, text: str) -> None:
        """One write at the end of the file, so that lines of two processes never mix."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            os.write(file, text.encode())
        finally:
            os.close(file)
