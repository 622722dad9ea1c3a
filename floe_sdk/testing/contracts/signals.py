"""Spans, metrics and log records as OpenTelemetry's SDK hands them to exporters."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.sdk._logs import ReadableLogRecord
    from opentelemetry.sdk.metrics.export import MetricsData
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExportResult
    from opentelemetry.trace import Tracer

ODD = "ünïcode 'quoted' \\ 雪"


def success() -> SpanExportResult:
    """What an exporter of spans returns for those that were taken."""
    from opentelemetry.sdk.trace.export import SpanExportResult

    return SpanExportResult.SUCCESS


def spans(*names: str) -> Sequence[ReadableSpan]:
    """Finished spans."""
    made = [_tracer().start_span(name) for name in names]
    for span in made:
        span.end()
    return [cast("ReadableSpan", span) for span in made]  # as the SDK's tracer makes them


def odd_spans() -> Sequence[ReadableSpan]:
    """One span with all that a span may have."""
    from opentelemetry.trace import Link, Status, StatusCode

    other = _tracer().start_span("other")
    span = _tracer().start_span(ODD, links=[Link(other.get_span_context(), {"why": ODD})])
    span.set_attributes({"text": ODD, "long": "x" * 100_000, "numbers": [1, 2], "yes": True, "share": 0.5})
    span.add_event("tried", {"how": ODD})
    span.record_exception(ValueError(ODD))
    span.set_status(Status(StatusCode.ERROR, ODD))
    span.end()
    return [cast("ReadableSpan", span)]


def metrics() -> MetricsData:
    """A counter and a histogram."""
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader

    reader = InMemoryMetricReader()
    meter = MeterProvider([reader], shutdown_on_exit=False).get_meter("contract")
    meter.create_counter("rows", unit="{row}").add(3, {"table": ODD})
    meter.create_histogram("duration", unit="s").record(0.5)
    data = reader.get_metrics_data()
    assert data is not None
    return data


def logs() -> Sequence[ReadableLogRecord]:
    """A record, in a trace."""
    from opentelemetry._logs import LogRecord, SeverityNumber
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor

    kept = InMemoryLogRecordExporter()  # type: ignore[no-untyped-call]  # not annotated there
    provider = LoggerProvider(shutdown_on_exit=False)
    provider.add_log_record_processor(SimpleLogRecordProcessor(kept))
    record = LogRecord(timestamp=1, severity_number=SeverityNumber.WARN, severity_text="WARN", body=ODD)
    provider.get_logger("contract").emit(record)
    found: Sequence[ReadableLogRecord] = kept.get_finished_logs()
    return found


def _tracer() -> Tracer:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    return TracerProvider(resource=Resource({"service.name": "contract"}), shutdown_on_exit=False).get_tracer(
        "contract"
    )
