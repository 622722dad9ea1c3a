"""What stands between OpenTelemetry's SDK and an exporter: a sink for each plugin, and the redactor."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk._logs import LogRecordProcessor, ReadableLogRecord  # noqa: TID253 - imported only when it is on
from opentelemetry.sdk._logs.export import LogRecordExportResult  # noqa: TID253 - as above
from opentelemetry.sdk.metrics.export import MetricExportResult, MetricReader  # noqa: TID253 - as above
from opentelemetry.sdk.resources import Resource  # noqa: TID253 - as above
from opentelemetry.sdk.trace import Event, ReadableSpan, SpanProcessor  # noqa: TID253 - as above
from opentelemetry.sdk.trace.export import SpanExportResult  # noqa: TID253 - as above
from opentelemetry.trace import Link, Status

from floe_sdk.observability.redaction import redactor
from floe_sdk.observability.sinks import LOGS, METRICS, SPANS, Export, Exporters, Limits, Sink

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from opentelemetry.sdk._logs import ReadWriteLogRecord
    from opentelemetry.sdk.metrics.export import MetricExporter, MetricsData
    from opentelemetry.sdk.trace.export import SpanExporter

_SUCCESSES = (SpanExportResult.SUCCESS, MetricExportResult.SUCCESS, LogRecordExportResult.SUCCESS)


class NotTaken(Exception):  # noqa: N818 - what became of a batch
    """An exporter said no, without a reason."""


def sink_for(exporters: Exporters, limits: Limits) -> Sink:
    """The sink of a plugin's exporters; they are called on its thread only."""
    exports: dict[str, Export] = {}
    if exporters.spans is not None:
        exports[SPANS] = _spans(exporters.spans)
    if exporters.metrics is not None:
        exports[METRICS] = _checked(exporters.metrics.export)
    if exporters.logs is not None:
        exports[LOGS] = _checked(exporters.logs.export)

    def close() -> None:
        for exporter in (exporters.spans, exporters.metrics, exporters.logs):
            if exporter is not None:
                exporter.shutdown()

    return Sink(exporters.name, exports, close, limits)


def _spans(exporter: SpanExporter) -> Export:
    export = _checked(exporter.export)
    return lambda spans: export([redacted(span) for span in spans])


def _checked(export: Callable[[Any], object]) -> Export:
    def call(batch: Any) -> None:
        if export(batch) not in _SUCCESSES:
            message = "the exporter reports a failure"
            raise NotTaken(message)

    return call


class SpanQueue(SpanProcessor):
    """Hands finished spans to a sink."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def on_end(self, span: ReadableSpan) -> None:
        """Queue it, if it is sampled."""
        if span.context is not None and span.context.trace_flags.sampled:
            self._sink.put(SPANS, span)


class LogQueue(LogRecordProcessor):
    """Hands log records to a sink."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        """Queue it."""
        own = log_record
        record = ReadableLogRecord(own.log_record, own.resource or Resource({}), own.instrumentation_scope, own.limits)
        self._sink.put(LOGS, record)

    def shutdown(self) -> None:
        """The provider ends the sink."""

    def force_flush(self, timeout_millis: int = 30000) -> bool:  # noqa: ARG002 - OpenTelemetry's signature
        """As above."""
        return True


class SinkReader(MetricReader):
    """Collects metrics when the sink asks."""

    def __init__(self, exporter: MetricExporter) -> None:
        super().__init__(
            preferred_temporality=exporter._preferred_temporality,  # noqa: SLF001 - as OpenTelemetry's own reader does
            preferred_aggregation=exporter._preferred_aggregation,  # noqa: SLF001 - as above
        )
        self._data: MetricsData | None = None

    def _receive_metrics(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any) -> None:  # noqa: ARG002 - as above
        self._data = metrics_data

    def collected(self) -> tuple[int, MetricsData | None]:
        """The metrics of now, and how many there are."""
        self._data = None
        self.collect()
        return _points(self._data), self._data

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        """The provider ends the sink."""


def _points(data: MetricsData | None) -> int:
    scopes = [scope for each in data.resource_metrics for scope in each.scope_metrics] if data is not None else []
    return sum(len(metric.data.data_points) for scope in scopes for metric in scope.metrics)


def redacted(span: ReadableSpan) -> ReadableSpan:
    """The span with every text redacted; the span itself where no secret is known."""
    if not redactor.knows_any:
        return span
    name, attributes = redactor.redact(span.name), _mapping(span.attributes)
    events = [Event(redactor.redact(each.name), _mapping(each.attributes), each.timestamp) for each in span.events]
    return ReadableSpan(
        name=name,
        context=span.context,
        parent=span.parent,
        resource=Resource(_mapping(span.resource.attributes), span.resource.schema_url),
        attributes=attributes,
        events=events,
        links=[Link(each.context, _mapping(each.attributes)) for each in span.links],
        kind=span.kind,
        status=Status(span.status.status_code, redactor.redact(span.status.description or "") or None),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _mapping(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    return redactor.redact_mapping(dict(attributes or {}))


class _Debugging(logging.Handler):
    """OpenTelemetry's own log lines, as some of ours that only `--debug` shows."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say its first line."""
        line = redactor.redact(record.getMessage().splitlines()[0])
        logging.getLogger("floe_sdk.telemetry").debug("%s: %s", record.name, line)


def quieten(names: Sequence[str] = ("opentelemetry", "grpc")) -> None:
    """Take over the log of OpenTelemetry: what it says of a dead backend is said by a sink, once, in our words."""
    for name in names:
        log = logging.getLogger(name)
        log.propagate = False
        if not any(isinstance(handler, _Debugging) for handler in log.handlers):
            log.addHandler(_Debugging(logging.WARNING))
