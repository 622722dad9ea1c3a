"""Spans, metrics and log lines that stay in memory: what tests look at."""

from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, LogRecordExporter
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, MetricExporter
from opentelemetry.sdk.trace.export import SpanExporter
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from floe_sdk import PluginType, hookimpl
from floe_sdk.testing import loaded


class Memory:
    """Each call gives a new exporter."""

    @hookimpl
    def telemetry_span_exporter(self) -> SpanExporter:
        return InMemorySpanExporter()

    @hookimpl
    def telemetry_metric_exporter(self) -> MetricExporter | None:
        return ConsoleMetricExporter()

    @hookimpl
    def telemetry_log_exporter(self) -> LogRecordExporter | None:
        return InMemoryLogRecordExporter()


# telemetry_span_exporter
with loaded(telemetry=Memory) as platform:
    memory = dict(platform.each(PluginType.TELEMETRY))["memory"]
    print(type(memory.telemetry_span_exporter()).__name__)
    # => InMemorySpanExporter

# telemetry_metric_exporter
with loaded(telemetry=Memory) as platform:
    memory = dict(platform.each(PluginType.TELEMETRY))["memory"]
    print(type(memory.telemetry_metric_exporter()).__name__)
    # => ConsoleMetricExporter

# telemetry_log_exporter
with loaded(telemetry=Memory) as platform:
    memory = dict(platform.each(PluginType.TELEMETRY))["memory"]
    print(type(memory.telemetry_log_exporter()).__name__)
    # => InMemoryLogRecordExporter
