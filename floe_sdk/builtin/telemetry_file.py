"""Telemetry `file`: finished spans as JSON lines in `.floe/traces.jsonl` beside floe.yaml."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from floe_sdk import Health, PluginConfig, PluginContext, hookimpl
from floe_sdk.builtin.json_lines import JsonLines

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter


class FileTelemetryConfig(PluginConfig):
    """Settings of telemetry `file`."""

    path: str | None = Field(
        default=None,
        min_length=1,
        description="The file, relative to manifest.yaml (default: `.floe/traces.jsonl` beside floe.yaml).",
    )


class FileTelemetry:
    """Spans on disk, one JSON object a line; several processes may write at once."""

    def __init__(self, config: FileTelemetryConfig, context: PluginContext) -> None:
        self._file = JsonLines(context, config.path, "traces.jsonl")

    @hookimpl
    def telemetry_span_exporter(self) -> SpanExporter:
        """One JSON object a span."""
        from floe_sdk.builtin.span_lines import LineExporter

        return LineExporter(self._file.append)

    @hookimpl
    def plugin_health(self) -> Health:
        """Write and read beside the file."""
        return self._file.health()
