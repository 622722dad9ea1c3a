"""A receiver of OTLP by HTTP, which decodes what it is sent and misbehaves when it is told to."""

from __future__ import annotations

import gzip
import threading

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from floe_sdk.testing import Answer, FaultProxy

KINDS = {
    "/v1/traces": ExportTraceServiceRequest,
    "/v1/metrics": ExportMetricsServiceRequest,
    "/v1/logs": ExportLogsServiceRequest,
}


class OtlpServer(FaultProxy):
    """`taken` are the requests that it took, decoded, by path."""

    def __init__(self):
        super().__init__()
        self.taken = {path: [] for path in KINDS}

    def respond(self, request):
        """Refuses what is no OTLP."""
        kind = KINDS.get(request.path)
        if kind is None:
            return Answer(404)
        body = gzip.decompress(request.body) if request.headers.get("content-encoding") == "gzip" else request.body
        if request.headers.get("content-type") != "application/x-protobuf":
            return Answer(415)
        self.taken[request.path].append(kind.FromString(body))
        return Answer(200, b"", {"Content-Type": "application/x-protobuf"})

    @property
    def span_ids(self):
        """The id of each span that was taken, as often as it was."""
        return [span.span_id for span in self.spans]

    @property
    def spans(self):
        """Every span that was taken."""
        resources = [each for request in self.taken["/v1/traces"] for each in request.resource_spans]
        return [span for resource in resources for scope in resource.scope_spans for span in scope.spans]


class Flapping:
    """Has a server go away and come back, `seconds` each; a context manager."""

    def __init__(self, server, seconds):
        self._server, self._seconds = server, seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._flap)

    def _flap(self):
        while not self._ended.wait(self._seconds):
            self._server.stop()
            self._ended.wait(self._seconds)
            self._server.start()

    def __enter__(self):
        self._thread.start()

    def __exit__(self, *error):
        self._ended.set()
        self._thread.join()
