"""Telemetry `console`: finished spans as JSON lines on standard error."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, ClassVar

from floe_sdk import Health, PluginConfig, hookimpl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.sdk.trace.export import SpanExporter


class ConsoleTelemetryConfig(PluginConfig):
    """The console takes no settings."""


class ConsoleTelemetry:
    """Spans for people who watch; standard output stays free for results."""

    not_supported: ClassVar[Mapping[str, str]] = {"unreachable": "standard error is there as long as the process is"}

    def __init__(self, config: ConsoleTelemetryConfig) -> None:
        self.config = config

    @hookimpl
    def telemetry_span_exporter(self) -> SpanExporter:
        """One JSON object a span."""
        from floe_sdk.builtin.span_lines import LineExporter

        return LineExporter(_write)

    @hookimpl
    def plugin_health(self) -> Health:
        """Whether standard error is open."""
        return Health(ok=not sys.stderr.closed, message="writes to standard error")


def _write(lines: list[str]) -> None:
    # In one piece: the end of a line written by itself may come behind another thread's span.
    sys.stderr.write("".join(f"{line}\n" for line in lines))
