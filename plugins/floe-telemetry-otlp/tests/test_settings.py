"""Whose word counts: a signal's own variable, the general one, the manifest, the default."""

from __future__ import annotations

import contextlib

import pytest
from support.otlp import OtlpServer

from floe_sdk import FloeError
from floe_sdk.testing import Calls


@pytest.fixture
def others():
    with OtlpServer() as general, OtlpServer() as own:
        yield general, own


def heard(*servers):
    return [bool(each.requests) for each in servers]


def test_the_order_of_the_address(telemetry, server, others, spans, monkeypatch):
    general, own = others
    hooks = telemetry(endpoint=server.uri, protocol="http")
    hooks.telemetry_span_exporter().export(spans)
    assert heard(server, general, own) == [True, False, False]
    server.forget()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", general.uri)
    hooks.telemetry_span_exporter().export(spans)
    assert heard(server, general, own) == [False, True, False]
    general.forget()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{own.uri}/v1/traces")
    hooks.telemetry_span_exporter().export(spans)
    assert heard(server, general, own) == [False, False, True]
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://127.0.0.1:1/of-metrics-alone")
    hooks.telemetry_span_exporter().export(spans)
    assert len(own.requests) == 2


@pytest.mark.parametrize(
    ("endpoint", "target"),
    [("", "/v1/traces"), ("/", "/v1/traces"), ("/otlp", "/otlp/v1/traces"), ("/v1/traces", "/v1/traces")],
)
def test_the_path_of_a_signal_is_added_to_the_manifests_address(telemetry, server, spans, endpoint, target):
    exporter = telemetry(endpoint=f"{server.uri}{endpoint}", protocol="http").telemetry_span_exporter()
    with contextlib.suppress(Exception):  # the receiver knows no other path
        exporter.export(spans)
    assert [each.target for each in server.requests] == [target]


def test_a_signals_own_variable_is_taken_as_it_is(telemetry, server, spans, monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{server.uri}/as/it/is")
    with pytest.raises(Exception, match="OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        telemetry().telemetry_span_exporter().export(spans)
    assert [each.target for each in server.requests] == ["/as/it/is"]


def test_headers_are_put_together_one_by_one(telemetry, server, spans, monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-b=general,x-c=general")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x-c=own%20one")
    headers = {"x-a": "manifest", "X-B": "manifest"}
    telemetry(endpoint=server.uri, protocol="http", headers=headers).telemetry_span_exporter().export(spans)
    (request,) = server.calls(Calls("POST"))
    assert [request.headers[f"x-{name}"] for name in "abc"] == ["manifest", "general", "own one"]


def test_compression_and_timeout_of_variables(telemetry, server, spans, monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    hooks = telemetry(endpoint=server.uri, protocol="http", compression="none")
    hooks.telemetry_span_exporter().export(spans)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "none")
    hooks.telemetry_span_exporter().export(spans)
    assert [each.headers["content-encoding"] for each in server.requests] == ["gzip", None]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "soon"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/no/such/file"),
    ],
)
def test_a_variable_that_can_not_be_used_is_named(telemetry, monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    with pytest.raises(Exception, match=variable):
        telemetry(endpoint="http://127.0.0.1:1").telemetry_span_exporter()
    health = telemetry(endpoint="http://127.0.0.1:1").plugin_health(timeout=1)
    assert not health.ok
    assert variable in health.message


def test_files_of_the_manifest_are_beside_it(telemetry, tmp_path):
    with pytest.raises(Exception, match=f"there is no file {tmp_path}/ca.pem \\(`ca_file`\\)"):
        telemetry(ca_file="ca.pem").telemetry_span_exporter()


@pytest.mark.parametrize("signal", ["metric", "log"])
def test_metrics_and_logs_can_be_left_out(telemetry, signal):
    assert getattr(telemetry(), f"telemetry_{signal}_exporter")() is not None
    assert getattr(telemetry(**{f"{signal}s": False}), f"telemetry_{signal}_exporter")() is None


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"headers": {"api-key": "planted-literal"}}, "FLOE-S001"),
        ({"endpoint": "https://u:planted-literal@h:4318"}, "FLOE-S001"),  # pragma: allowlist secret
        ({"endpoint": "ftp://h"}, "expected http://HOST:PORT"),
        ({"endpoint": "http://h:many"}, "expected http://HOST:PORT"),
        ({"protocol": "http/json"}, "protocol"),
        ({"timeouts": 3}, "timeout"),
    ],
)
def test_wrong_configuration(telemetry, config, said):
    with pytest.raises(FloeError) as caught:
        telemetry(**config)
    assert said in caught.value.render()
    assert "planted" not in caught.value.render()
