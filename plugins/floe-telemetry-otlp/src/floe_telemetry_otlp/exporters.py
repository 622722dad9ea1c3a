"""OpenTelemetry's three exporters over a sender; made and used when something is sent."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk._logs.export import LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from floe_telemetry_otlp.sending import Backend, Client, NotDelivered, Sender

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.sdk._logs import ReadableLogRecord
    from opentelemetry.sdk.metrics.export import MetricsData
    from opentelemetry.sdk.trace import ReadableSpan

    from floe_telemetry_otlp.settings import Settings


def client_for(settings: Settings) -> Client:
    """Speaks the protocol of the settings."""
    if settings.protocol == "grpc":
        from floe_telemetry_otlp.over_grpc import GrpcClient

        return GrpcClient(settings)
    from floe_telemetry_otlp.over_http import HttpClient

    return HttpClient(settings)


def sender_for(settings: Settings, backend: Backend) -> Sender:
    """Sends what an exporter is given."""
    return Sender(client_for(settings), settings.timeout, backend)


class OtlpSpans(SpanExporter):
    """Raises NotDelivered for what is not taken."""

    def __init__(self, settings: Settings, backend: Backend) -> None:
        self._sender = sender_for(settings, backend)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send them."""
        from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

        answer = self._sender.send(encode_spans(spans).SerializeToString())
        _check(ExportTraceServiceResponse, answer, "rejected_spans")
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Let go of the connection."""
        self._sender.close()


class OtlpMetrics(MetricExporter):
    """As above."""

    def __init__(self, settings: Settings, backend: Backend) -> None:
        super().__init__(preferred_temporality=_temporality())
        self._sender = sender_for(settings, backend)

    def export(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any) -> MetricExportResult:  # noqa: ARG002 - OpenTelemetry's signature
        """Send them."""
        from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
        from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse

        answer = self._sender.send(encode_metrics(metrics_data).SerializeToString())
        _check(ExportMetricsServiceResponse, answer, "rejected_data_points")
        return MetricExportResult.SUCCESS

    def force_flush(self, timeout_millis: float = 10_000) -> bool:  # noqa: ARG002 - as above
        """Nothing is held back."""
        return True

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:  # noqa: ARG002 - as above
        """Let go of the connection."""
        self._sender.close()


class OtlpLogs(LogRecordExporter):
    """As above."""

    def __init__(self, settings: Settings, backend: Backend) -> None:
        self._sender = sender_for(settings, backend)

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        """Send them."""
        from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
        from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse

        answer = self._sender.send(encode_logs(batch).SerializeToString())
        _check(ExportLogsServiceResponse, answer, "rejected_log_records")
        return LogRecordExportResult.SUCCESS

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 - as above
        """Nothing is held back."""
        return True

    def shutdown(self) -> None:
        """Let go of the connection."""
        self._sender.close()


def _check(kind: Any, answer: bytes, field: str) -> None:
    """A backend may take a part of a batch; the rest is not sent again, by the specification."""
    from google.protobuf.message import DecodeError

    try:
        partial = kind.FromString(answer).partial_success
    except DecodeError:  # it took the batch all the same
        return
    if rejected := int(getattr(partial, field)):
        raise NotDelivered(f"the backend rejected {rejected} ({partial.error_message or 'without a reason'})", rejected)


def _temporality() -> dict[type, Any] | None:
    """As `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE` says."""
    from opentelemetry.sdk.metrics import Counter, Histogram, ObservableCounter
    from opentelemetry.sdk.metrics.export import AggregationTemporality

    preference = os.environ.get("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "").strip().lower()
    delta = {"delta": (Counter, Histogram, ObservableCounter), "lowmemory": (Counter, Histogram)}.get(preference)
    return dict.fromkeys(delta, AggregationTemporality.DELTA) if delta else None
