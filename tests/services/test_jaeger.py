"""What a user of `floe run` finds in Jaeger: one trace, its parts in their places, and whose it is."""

from __future__ import annotations

import base64
import json
import re
import urllib.request

import pytest
from support.commands import floe
from support.dagster_shop import MANIFEST, Shop
from support.products import make_product, manifest_text

SPEC = """
    apiVersion: floe.dev/v1
    kind: FloeSpec
    metadata: {{name: {name}, version: 3.2.1, owner: shop@example.com}}
    platform: {{manifest: ../manifest.yaml}}
"""
FULL = """
    plugins:
      telemetry:
        type: otlp
        config:
          endpoint: {endpoint}
          protocol: {protocol}
          compression: gzip
          ca_file: tls/ca.pem
          client_certificate: {tls}/client.pem
          client_key: {tls}/client_key.pem
          headers: {{authorization: {{env: OTLP_AUTHORIZATION}}, x-team: lake}}
"""


def product(root, name, tracing, extra=""):
    text = manifest_text(extra="environments: {staging: {}, production: {}}\n")
    text = text.replace("tracing: {exporter: file}", f"tracing: {tracing}")
    if extra:
        text = text.replace("plugins:\n", extra, 1)
    return make_product(root, manifest=text, files={"floe.yaml": SPEC.format(name=name)})


def only_trace(jaeger, name, at_least=20):
    (trace,) = jaeger.traces(name)
    assert len(trace) >= at_least
    return trace


def path_of(trace, span):
    """The names from the root to a span."""
    by_id = {each.id: each for each in trace}
    names = [span.name]
    while span.parent is not None:
        span = by_id[span.parent]
        names.insert(0, span.name)
    return names


@pytest.mark.parametrize(
    ("environment", "protocol"), [("dev", "http"), ("staging", "grpc"), ("production", "http/protobuf")]
)
def test_a_run_is_one_tree_with_the_environments_name(jaeger, tmp_path, unique, environment, protocol):
    endpoint = jaeger.grpc if protocol == "grpc" else jaeger.http
    shop = product(tmp_path, unique, f"{{exporter: otlp, endpoint: '{endpoint}', protocol: {protocol}}}")
    log = jaeger.process.log.stat().st_size
    done = floe("run", "--env", environment, cwd=shop)
    assert (done.code, done.error) == (0, "")
    run_id = re.search(r"^run (\S+) of", done.output, re.MULTILINE).group(1)

    trace = only_trace(jaeger, unique)
    assert [span.name for span in trace if span.parent is None] == ["floe.run"]
    places = {tuple(path_of(trace, span)) for span in trace}  # fails on a parent that is not in the trace
    for place in [
        ("floe.run", "compile.pipeline", "compile.resolve", "hook.transform_graph"),
        ("floe.run", "hook.orchestrator_run", "run.product", "hook.storage_ready"),
        ("floe.run", "hook.orchestrator_run", "run.product", "hook.catalog_connect"),
        ("floe.run", "hook.orchestrator_run", "run.product", "run.node", "publish", "catalog.commit_table"),
    ]:
        assert place in places
    for span in trace:
        assert span.service == unique
        expected = {
            "service.version": "3.2.1",
            "service.namespace": "lake",
            "deployment.environment.name": environment,
            "floe.product": unique,
            "floe.owner": "shop@example.com",
            "floe.run_id": run_id,
        }
        assert expected.items() <= span.resource.items()

    nodes = {span.tags["floe.node"]: span for span in trace if span.name == "run.node"}
    assert set(nodes) == {"stg_orders", "regions", "orders", "totals", "unique_orders_id", "not_null_orders_id"}
    assert nodes["orders"].tags["db.system.name"] == "duckdb"
    (publish,) = [span for span in trace if span.name == "publish" and span.parent == nodes["orders"].id]
    told = ("db.system.name", "db.namespace", "db.collection.name", "db.operation.name", "floe.rows", "span.kind")
    assert [publish.tags[name] for name in told] == ["iceberg", f"{unique}", "orders", "commit", 3, "client"]
    assert_logs_and_metrics(jaeger, log, unique, trace, nodes)


def assert_logs_and_metrics(jaeger, log, name, trace, nodes):
    lines = jaeger.lines(log)
    record = re.search(r"Body: Str\(orders ended: success\).*?Span ID: (\w+)", lines, re.DOTALL)
    assert record.group(1) == nodes["orders"].id, "a log record carries the ids of its node's span"
    with urllib.request.urlopen(jaeger.prometheus, timeout=10) as answer:
        metrics = answer.read().decode()
    rows = re.findall(rf'floe_node_rows_total{{.*floe_node="orders".*service_name="{name}".*}} (\d+)', metrics)
    assert rows == ["3"]
    assert re.search(rf'floe_node_duration_seconds_count{{.*service_name="{name}"', metrics)
    assert re.search(rf'floe_run_duration_seconds_count{{.*service_name="{name}".*}} 1', metrics)
    for metric in ("floe_node_bytes_total", "floe_delivery_queue", "floe_delivery_dropped_total"):
        assert f"{metric}{{" in metrics


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_tls_a_client_certificate_and_a_secret_header_reach_a_closed_collector(jaeger, tmp_path, unique, protocol):
    endpoint = jaeger.https if protocol == "http" else jaeger.grpcs
    folder = jaeger.certificates.ca.parent
    telemetry = FULL.format(endpoint=endpoint, protocol=protocol, tls=folder).removeprefix("\n")
    extra = "plugins:\n" + "\n".join(line[4:] for line in telemetry.splitlines()[1:]) + "\n"
    shop = product(tmp_path, unique, "{exporter: otlp}", extra)
    (tmp_path / "tls").mkdir()
    (tmp_path / "tls" / "ca.pem").write_bytes(jaeger.certificates.ca.read_bytes())  # relative to manifest.yaml
    word = base64.b64encode(f"floe:{jaeger.password}".encode()).decode()

    assert floe("compile", cwd=shop, OTLP_AUTHORIZATION=f"Basic {word}").error == ""
    (trace,) = jaeger.traces(unique)
    assert [span.name for span in trace if span.parent is None] == ["floe.compile"]
    health = floe("health", "--json", cwd=shop, OTLP_AUTHORIZATION=f"Basic {word}")
    assert health.code == 0, health.output

    wrong = floe("compile", cwd=shop, OTLP_AUTHORIZATION="Basic planted-wrong")
    assert wrong.code == 0
    assert "refuses the credentials" in wrong.error
    assert "planted-wrong" not in wrong.error
    health = floe("health", cwd=shop, OTLP_AUTHORIZATION="Basic planted-wrong")
    assert health.code == 4
    assert "FLOE-O001" in health.error
    assert len(jaeger.traces(unique)) == 1


def test_a_run_continues_the_callers_trace(jaeger, tmp_path, unique):
    shop = product(tmp_path, unique, f"{{exporter: otlp, endpoint: '{jaeger.http}'}}")
    trace_id, span_id = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"  # pragma: allowlist secret
    assert floe("compile", cwd=shop, TRACEPARENT=f"00-{trace_id}-{span_id}-01").code == 0
    jaeger.traces(unique)
    with urllib.request.urlopen(f"{jaeger.query}/api/traces/{trace_id}", timeout=10) as answer:
        (found,) = json.load(answer)["data"]
    (root,) = [each for each in found["spans"] if each["operationName"] == "floe.compile"]
    assert [each["spanID"] for each in root["references"]] == [span_id]


def test_the_variables_win_over_the_manifest(jaeger, tmp_path, unique):
    shop = product(tmp_path, unique, "{exporter: otlp, endpoint: 'http://127.0.0.1:1', sample_ratio: 0.0}")
    variables = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:2",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": jaeger.grpc,
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "grpc",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_TRACES_SAMPLER": "always_on",
        "OTEL_SERVICE_NAME": f"{unique}-named",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=testing",
    }
    assert floe("compile", cwd=shop, **variables).error == ""
    (trace,) = jaeger.traces(f"{unique}-named")
    assert trace[0].resource["deployment.environment.name"] == "testing"
    assert floe("compile", cwd=shop, **variables, OTEL_SDK_DISABLED="true").error == ""
    assert len(jaeger.traces(f"{unique}-named")) == 1


WITHOUT = (
    "import floe_sdk.observability.telemetry as t; t.TelemetryProvider.initialize = classmethod(lambda c, *a, **k: c())"
)


def test_without_initialize_nothing_arrives(jaeger, tmp_path, unique):
    """The check above sees it when an entry point does not call `TelemetryProvider.initialize()`."""
    shop = product(tmp_path, unique, f"{{exporter: otlp, endpoint: '{jaeger.http}'}}")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(WITHOUT, encoding="utf-8")
    assert floe("compile", cwd=shop, PYTHONPATH=str(tmp_path / "site")).code == 0
    assert jaeger.traces(unique, seconds=2) == []


@pytest.mark.parametrize("environment", ["dev", "staging", "production"])
def test_a_run_of_dagster_is_one_tree_too(jaeger, tmp_path, unique, environment):
    tracing = f"{{exporter: otlp, endpoint: '{jaeger.http}'}}"
    text = MANIFEST.replace("tracing: {exporter: file}", f"tracing: {tracing}")
    text += "environments: {staging: {}, production: {}}\n"
    files = {"floe.yaml": SPEC.format(name=unique)}
    shop = Shop(tmp_path / "lake", files=files, manifest=text)
    assert floe("compile", "--env", environment, cwd=shop.root, OTEL_SDK_DISABLED="true").code == 0
    result = shop.materialize()
    assert result.success

    trace = only_trace(jaeger, unique)
    (root,) = [span for span in trace if span.parent is None]
    assert root.name == "dagster.run"
    assert root.tags["dagster.run_id"] == result.run_id
    places = {tuple(path_of(trace, span)) for span in trace}
    assert any(place[:2] == ("dagster.run", "floe.run") and place[-1] == "catalog.commit_table" for place in places)
    assert {span.resource["deployment.environment.name"] for span in trace} == {environment}
    assert {span.resource["service.version"] for span in trace} == {"3.2.1"}
