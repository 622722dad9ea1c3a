"""Telemetry `v01`: finished spans appended to a file."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from floe_sdk import Health, PluginConfig, PluginContext, hookimpl
from pydantic import Field

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter


class V01TelemetryConfig(PluginConfig):
    """What stands under `config:` in manifest.yaml."""

    path: str | None = Field(
        default=None,
        min_length=1,
        description="The file, relative to manifest.yaml; default: a file in the product's state folder.",
    )


class V01Telemetry:
    """Spans in a file, one JSON object a line."""

    def __init__(self, config: V01TelemetryConfig, context: PluginContext) -> None:
        path = context.platform_root / context.expand(config.path) if config.path else None
        self._path: Path = path or context.product_state / "v01.jsonl"

    @hookimpl
    def telemetry_span_exporter(self) -> SpanExporter:
        """A new exporter, which is called with finished spans on a thread of its own."""
        # OpenTelemetry's SDK is imported when spans are exported, and not before.
        from floe_plugin_v01.telemetry.exporter import FileExporter

        return FileExporter(self._path)

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        """Open the file for writing."""
        started = time.monotonic()
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.open("a").close()
        except OSError as error:
            message = f"cannot write {self._path}: {error.strerror or type(error).__name__}"
            fix = "make room or give access there, or name another file with `path`"
            return Health(ok=False, message=message, seconds=time.monotonic() - started, fix=fix)
        return Health(ok=True, message=f"can write {self._path}", seconds=time.monotonic() - started)
