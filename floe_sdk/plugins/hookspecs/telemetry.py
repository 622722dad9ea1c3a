"""The contract of a telemetry plugin: OpenTelemetry exporters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.plugins.markers import optional_hook, required_hook

if TYPE_CHECKING:
    from opentelemetry.sdk._logs.export import LogRecordExporter
    from opentelemetry.sdk.metrics.export import MetricExporter
    from opentelemetry.sdk.trace.export import SpanExporter


class TelemetrySpec:
    """Hooks of type `telemetry`; any number of plugins, each with its own processor and thread."""

    @required_hook
    def telemetry_span_exporter(self) -> SpanExporter:  # type: ignore[empty-body]  # a specification
        """A new span exporter; called once, by `TelemetryProvider.initialize()`."""

    @optional_hook
    def telemetry_metric_exporter(self) -> MetricExporter | None:
        """A new metric exporter, or None."""

    @optional_hook
    def telemetry_log_exporter(self) -> LogRecordExporter | None:
        """A new log record exporter, or None."""
