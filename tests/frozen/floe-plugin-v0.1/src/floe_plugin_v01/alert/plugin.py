"""Alert `v01`: how a run ended, appended to a file."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Collection
from pathlib import Path

from floe_sdk import Alert, AlertKind, Health, PluginConfig, PluginContext, hookimpl
from pydantic import Field


class V01AlertConfig(PluginConfig):
    """What stands under `config:` in manifest.yaml."""

    path: str | None = Field(
        default=None,
        min_length=1,
        description="The file, relative to manifest.yaml; default: a file in the product's state folder.",
    )
    on: tuple[AlertKind, ...] = Field(
        default=(AlertKind.FAILED, AlertKind.ABORTED),
        description="Runs to tell of: `failed`, `aborted`, `recovered`, `succeeded`.",
    )


class V01Alert:
    """A line of JSON in a file when a run has failed or was interrupted."""

    def __init__(self, config: V01AlertConfig, context: PluginContext) -> None:
        self.config = config
        path = context.platform_root / context.expand(config.path) if config.path else None
        self._path: Path = path or context.product_state / "v01.jsonl"

    @hookimpl
    def alert_kinds(self) -> Collection[AlertKind]:
        """The endings that people are told of."""
        return self.config.on

    @hookimpl
    def alert_send(self, alert: Alert, timeout: float) -> None:
        """Append the alert; what is raised is a warning of the run."""
        line = {"at": alert.finished_at.isoformat(), "kind": alert.kind.value, "text": alert.text()}
        self._append(json.dumps(line, ensure_ascii=False) + "\n")

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        """Open the file for writing; tells nobody."""
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
