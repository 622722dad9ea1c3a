"""Over gRPC, against a server on a socket."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from google.protobuf.any_pb2 import Any
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.sdk.metrics.export import MetricExportResult, MetricsData
from opentelemetry.sdk.trace.export import SpanExportResult

from floe_sdk.testing import TelemetryContract


class Service(grpc.GenericRpcHandler):
    """Takes traces; `faults` are (status, trailing metadata) for the next calls."""

    def __init__(self):
        self.calls, self.faults, self.metadata = [], [], []

    def service(self, details):
        if not details.method.endswith("TraceService/Export"):
            return None
        return grpc.unary_unary_rpc_method_handler(
            self.export, ExportTraceServiceRequest.FromString, ExportTraceServiceResponse.SerializeToString
        )

    def export(self, request, context):
        self.calls.append((time.monotonic(), request))
        self.metadata.append(dict(context.invocation_metadata()))
        if self.faults:
            status, trailing = self.faults.pop(0)
            context.set_trailing_metadata(trailing)
            context.abort(status, "on purpose")
        return ExportTraceServiceResponse()


@pytest.fixture
def service():
    service = Service()
    server = grpc.server(ThreadPoolExecutor(2), handlers=[service])
    service.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield service
    server.stop(0).wait()


class TestOtlpByGrpc(TelemetryContract):
    plugin = "otlp"

    @pytest.fixture
    def config(self, service, monkeypatch):
        monkeypatch.setenv("OTLP_KEY", "planted-key-of-a-collector")
        return {
            "endpoint": f"http://127.0.0.1:{service.port}",
            "protocol": "grpc",
            "headers": {"authorization": {"env": "OTLP_KEY"}},
            "timeout": 1,
            "metrics": False,
            "logs": False,
        }

    @pytest.fixture
    def received(self, service):
        return lambda: [
            span.name
            for _, request in service.calls
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@pytest.fixture
def hooks(telemetry, service):
    return telemetry(endpoint=f"http://127.0.0.1:{service.port}", protocol="grpc", headers={"X-Team": "lake"})


def test_spans_and_headers_arrive(hooks, service, spans):
    assert hooks.telemetry_span_exporter().export(spans) is SpanExportResult.SUCCESS
    ((_, request),) = service.calls
    assert [span.name for span in request.resource_spans[0].scope_spans[0].spans] == ["span 0", "span 1", "span 2"]
    assert service.metadata[0]["x-team"] == "lake"


def test_what_passes_is_tried_again(hooks, service, spans):
    service.faults = [(grpc.StatusCode.UNAVAILABLE, ()), (grpc.StatusCode.ABORTED, ())]
    assert hooks.telemetry_span_exporter().export(spans) is SpanExportResult.SUCCESS
    assert len(service.calls) == 3


def test_a_full_backend_is_tried_again_only_where_it_says_when(hooks, service, spans):
    detail = Any()
    info = RetryInfo()
    info.retry_delay.nanos = 700_000_000
    detail.Pack(info)
    status = Status(code=8, message="full", details=[detail]).SerializeToString()
    exporter = hooks.telemetry_span_exporter()
    service.faults = [(grpc.StatusCode.RESOURCE_EXHAUSTED, (("grpc-status-details-bin", status),))]
    assert exporter.export(spans) is SpanExportResult.SUCCESS
    assert service.calls[1][0] - service.calls[0][0] > 0.65
    service.faults = [(grpc.StatusCode.RESOURCE_EXHAUSTED, ())]
    with pytest.raises(Exception, match="answers RESOURCE_EXHAUSTED"):
        exporter.export(spans)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (grpc.StatusCode.UNAUTHENTICATED, "refuses the credentials"),
        (grpc.StatusCode.PERMISSION_DENIED, "refuses the credentials"),
        (grpc.StatusCode.INVALID_ARGUMENT, "answers INVALID_ARGUMENT"),
        (grpc.StatusCode.INTERNAL, "answers INTERNAL"),
    ],
)
def test_what_will_never_pass_is_not_tried_again(hooks, service, spans, status, said):
    service.faults = [(status, ())] * 5
    with pytest.raises(Exception, match=said):
        hooks.telemetry_span_exporter().export(spans)
    assert len(service.calls) == 1


def test_a_backend_without_metrics_is_left_alone(hooks):
    assert hooks.telemetry_metric_exporter().export(MetricsData([])) is MetricExportResult.SUCCESS


def test_a_dead_backend_is_given_up_early_without_a_word_of_grpcs_own(telemetry, spans, capfd):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    exporter = telemetry(endpoint=f"127.0.0.1:{port}", insecure=True).telemetry_span_exporter()
    began = time.monotonic()
    with pytest.raises(Exception, match="refused the connection: check `endpoint`"):
        exporter.export(spans)
    assert time.monotonic() - began < 5
    assert capfd.readouterr().err == ""


def test_a_network_that_has_no_way_there_is_given_up_early(telemetry, spans):
    exporter = telemetry(endpoint="http://224.0.0.1:4317").telemetry_span_exporter()  # no TCP to many at once
    began = time.monotonic()
    with pytest.raises(Exception, match=r"can't be reached \(.*: check `endpoint`"):
        exporter.export(spans)
    assert time.monotonic() - began < 5


def test_no_such_host(telemetry, spans):
    exporter = telemetry(endpoint="collector.invalid:4317", insecure=True, timeout=3).telemetry_span_exporter()
    with pytest.raises(Exception, match=r"collector\.invalid:4317 .*(no such host|no answer)"):
        exporter.export(spans)


def test_the_protocol_is_told_by_the_port(telemetry):
    health = telemetry(endpoint="http://127.0.0.1:4317").plugin_health(timeout=0.5)
    assert "(gRPC)" in health.message
    health = telemetry(endpoint="http://127.0.0.1:4318").plugin_health(timeout=0.5)
    assert "/v1/traces" in health.message
