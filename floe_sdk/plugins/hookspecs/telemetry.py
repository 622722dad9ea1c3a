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
    def telemetry_span_exporter(self) -> SpanExporter:
        """A new span exporter.

        When: Once a process that has tracing on: `compile`, `run`, `health`, a run of Dagster; before the first span.
        Caller: `TelemetryProvider.initialize()`.
        Thread: The command's; what it exports comes on a thread of its own for each plugin.
        Deadline: None for making it; exporting is cut off by `observability.flush_timeout` at the end.
        Errors: FloeError (a secret that is not set, a client that is not installed) ends the command; anything else is
            a warning, and there are no spans of this plugin. What exporting raises is counted and told in one line.
        """

    @optional_hook
    def telemetry_metric_exporter(self) -> MetricExporter | None:
        """A new metric exporter, or None.

        When: As `telemetry_span_exporter`, after it.
        Caller: `TelemetryProvider.initialize()`.
        Thread: The command's; exporting on the plugin's own.
        Deadline: As `telemetry_span_exporter`.
        Errors: As `telemetry_span_exporter`.
        """

    @optional_hook
    def telemetry_log_exporter(self) -> LogRecordExporter | None:
        """A new log record exporter, or None.

        When: As `telemetry_span_exporter`, last.
        Caller: `TelemetryProvider.initialize()`.
        Thread: The command's; exporting on the plugin's own.
        Deadline: As `telemetry_span_exporter`.
        Errors: As `telemetry_span_exporter`.
        """
