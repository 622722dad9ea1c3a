"""Over HTTP: what is tried again, what is not, and what is said of it."""

from __future__ import annotations

import time

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk.metrics.export import MetricExportResult
from opentelemetry.sdk.trace.export import SpanExportResult
from support.otlp import OtlpServer

from floe_sdk.testing import Answer, Calls, Cut, Instead, Slow


def exporter_to(telemetry, server, **config):
    return telemetry(endpoint=server.uri, protocol="http", **config).telemetry_span_exporter()


def test_spans_arrive_decoded_and_the_connection_is_kept(telemetry, server, spans):
    exporter = exporter_to(telemetry, server)
    for _ in range(2):
        assert exporter.export(spans) is SpanExportResult.SUCCESS
    assert [span.name for span in server.spans] == ["span 0", "span 1", "span 2"] * 2
    (resource,) = server.taken["/v1/traces"][0].resource_spans
    assert resource.resource.attributes[0].value.string_value == "shop"
    exporter.shutdown()


def test_gzip_is_smaller_and_the_same(telemetry, server, spans):
    exporter_to(telemetry, server).export(spans * 50)
    exporter_to(telemetry, server, compression="gzip").export(spans * 50)
    plain, packed = server.calls(Calls("POST"))
    assert len(packed.body) < len(plain.body) / 3
    assert len(server.spans) == 300


def test_headers_are_sent_and_secrets_are_revealed(telemetry, server, spans, monkeypatch):
    monkeypatch.setenv("API_KEY", "planted-key")
    exporter_to(telemetry, server, headers={"X-Api-Key": {"env": "API_KEY"}, "x-team": "lake"}).export(spans)
    (request,) = server.calls(Calls("POST"))
    assert (request.headers["x-api-key"], request.headers["x-team"]) == ("planted-key", "lake")


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_passes_is_tried_again(telemetry, server, spans, status):
    server.misbehave(Answer(status), times=2)
    assert exporter_to(telemetry, server).export(spans) is SpanExportResult.SUCCESS
    assert len(server.requests) == 3
    assert len(server.spans) == 3


def test_the_pause_that_a_backend_asks_for_is_kept(telemetry, server, spans):
    server.misbehave(Answer(503, headers={"Retry-After": "1"}))
    exporter_to(telemetry, server).export(spans)
    first, second = server.requests
    assert second.at - first.at > 0.95


def test_a_pause_that_is_longer_than_the_timeout_ends_it_at_once(telemetry, server, spans):
    server.misbehave(Answer(429, headers={"Retry-After": "60"}), times=None)
    began = time.monotonic()
    with pytest.raises(Exception, match="answers HTTP 429"):
        exporter_to(telemetry, server, timeout=20).export(spans)
    assert time.monotonic() - began < 10
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [202, 204])
def test_other_codes_of_success_are_success(telemetry, server, spans, status):
    server.misbehave(Answer(status))
    assert exporter_to(telemetry, server).export(spans) is SpanExportResult.SUCCESS
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [400, 413, 500])
def test_what_will_never_pass_is_not_tried_again(telemetry, server, spans, status):
    server.misbehave(Answer(status), times=None)
    with pytest.raises(Exception, match=f"answers HTTP {status}"):
        exporter_to(telemetry, server).export(spans)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_are_named_without_them(telemetry, server, spans, monkeypatch, status):
    monkeypatch.setenv("API_KEY", "planted-key")
    server.misbehave(Answer(status), times=None)
    with pytest.raises(Exception, match=r"refuses the credentials .*check `headers`") as caught:
        exporter_to(telemetry, server, headers={"api-key": {"env": "API_KEY"}}).export(spans)
    assert "planted" not in str(caught.value)


def test_a_secret_that_is_not_set_is_said_when_something_is_sent(telemetry, server, spans):
    exporter = exporter_to(telemetry, server, headers={"api-key": {"env": "NOT_SET_HERE"}})
    with pytest.raises(Exception, match="NOT_SET_HERE is not set"):
        exporter.export(spans)
    assert server.requests == []


def test_a_backend_without_metrics_is_asked_once_and_left_alone(telemetry, server, spans):
    hooks = telemetry(endpoint=server.uri, protocol="http")
    server.misbehave(Answer(404), Calls("POST", "/v1/metrics"), times=None)
    metrics = hooks.telemetry_metric_exporter()
    from opentelemetry.sdk.metrics.export import MetricsData

    for _ in range(3):
        assert metrics.export(MetricsData([])) is MetricExportResult.SUCCESS
    assert len(server.requests) == 1
    server.misbehave(Answer(404), Calls("POST", "/v1/traces"), times=None)
    with pytest.raises(Exception, match=r"404 .*check the path of `endpoint`"):
        hooks.telemetry_span_exporter().export(spans)


def test_a_part_that_is_rejected_is_counted_and_not_sent_again(telemetry, server, spans):
    answer = ExportTraceServiceResponse()
    answer.partial_success.rejected_spans = 2
    answer.partial_success.error_message = "too old"
    server.misbehave(Instead(Answer(200, answer.SerializeToString())))
    with pytest.raises(Exception, match=r"rejected 2 \(too old\)") as caught:
        exporter_to(telemetry, server).export(spans)
    assert caught.value.lost == 2
    assert len(server.requests) == 1


def test_an_answer_that_never_came_is_asked_for_again(telemetry, server, spans):
    server.misbehave(Cut("after"))
    assert exporter_to(telemetry, server).export(spans) is SpanExportResult.SUCCESS
    assert len(server.spans) == 6, "sent twice: the backend knows them by their ids"


def test_a_connection_that_was_closed_meanwhile_is_opened_again(telemetry, server, spans):
    exporter = exporter_to(telemetry, server)
    exporter.export(spans)
    server.stop()
    server.start()
    assert exporter.export(spans) is SpanExportResult.SUCCESS


def test_a_silent_backend_is_left_after_the_timeout(telemetry, server, spans):
    server.misbehave(Slow(30), times=None)
    began = time.monotonic()
    with pytest.raises(Exception, match="gave no answer within"):
        exporter_to(telemetry, server, timeout=0.5).export(spans)
    assert time.monotonic() - began < 5


def test_a_backend_that_never_answered_is_given_up_early_and_one_that_did_is_waited_for(telemetry, spans):
    with OtlpServer() as server:
        hooks = telemetry(endpoint=server.uri, protocol="http", timeout=4)
        gone, known = hooks.telemetry_span_exporter(), exporter_to(telemetry, server, timeout=4)
        known.export(spans)
    for exporter, least, most in ((gone, 0, 2.5), (gone, 0, 2.5), (known, 2.5, 30)):
        began = time.monotonic()
        with pytest.raises(Exception, match="refused the connection: check `endpoint`"):
            exporter.export(spans)
        assert least <= time.monotonic() - began < most


def test_a_network_that_has_no_way_there_is_given_up_early(telemetry, spans):
    exporter = telemetry(endpoint="http://224.0.0.1:4318").telemetry_span_exporter()  # no TCP to many at once
    began = time.monotonic()
    with pytest.raises(Exception, match=r"can't be reached \(.*: check `endpoint`"):
        exporter.export(spans)
    assert time.monotonic() - began < 5


def test_no_such_host(telemetry, spans):
    exporter = telemetry(endpoint="http://collector.invalid:4318").telemetry_span_exporter()
    with pytest.raises(Exception, match=r"collector\.invalid.*check `endpoint`"):
        exporter.export(spans)


def test_a_port_of_grpc_is_recognised(telemetry, spans):
    import socket
    import threading

    with socket.create_server(("127.0.0.1", 0)) as listening:

        def hang_up():
            for _ in range(3):
                connection, _ = listening.accept()
                connection.close()

        threading.Thread(target=hang_up, daemon=True).start()
        port = listening.getsockname()[1]
        exporter = telemetry(endpoint=f"http://127.0.0.1:{port}", timeout=0.5).telemetry_span_exporter()
        with pytest.raises(Exception, match=r"hung up without an answer: .*`protocol: grpc`"):
            exporter.export(spans)


def test_health_sends_a_request_that_holds_nothing(telemetry, server):
    health = telemetry(endpoint=server.uri, protocol="http").plugin_health(timeout=5)
    assert health.ok
    assert server.span_ids == []
    assert len(server.requests) == 1
    server.stop()
    health = telemetry(endpoint=server.uri, protocol="http").plugin_health(timeout=5)
    assert (health.ok, health.code) == (False, "FLOE-O001")
    assert health.fix == "check `endpoint` and that the collector runs"
