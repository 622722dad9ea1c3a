"""Metrics and log lines beside spans, as an entry point turns them on; each case in a process of its own."""

import json
import os
import subprocess
import sys
import textwrap

import pytest

PRELUDE = """
import json, logging, os, sys
from floe_sdk import TelemetryProvider, ObservabilityConfig, create_span, redactor
from floe_sdk.observability import metrics
from floe_sdk.observability.logs import export_only
from floe_sdk.observability.sinks import Exporters
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

class Metrics(MetricExporter):
    data = None
    def export(self, metrics_data, timeout_millis=10_000, **kwargs):
        self.data = metrics_data
        return MetricExportResult.SUCCESS
    def force_flush(self, timeout_millis=10_000):
        return True
    def shutdown(self, timeout_millis=30_000, **kwargs):
        pass
    def found(self):
        scopes = [s for r in (self.data.resource_metrics if self.data else []) for s in r.scope_metrics]
        return {m.name: [(getattr(p, "value", None) or getattr(p, "sum", 0), dict(p.attributes))
                         for p in m.data.data_points] for s in scopes for m in s.metrics}

spans, points, lines = InMemorySpanExporter(), Metrics(), InMemoryLogRecordExporter()
CONFIG = ObservabilityConfig.model_validate({"tracing": {"enabled": True}})

def start(**attributes):
    exporters = [Exporters("telemetry/memory", spans, points, lines)]
    return TelemetryProvider.initialize(CONFIG, exporters=exporters, resource_attributes=attributes)

def told():
    return [each.log_record for each in lines.get_finished_logs()]
"""


def python(code, **environment):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "TRACE"))}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PRELUDE + textwrap.dedent(code)],
        env={**clean, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout or "null"), done.stderr


def test_metrics_are_sums_and_distributions_with_their_attributes():
    found, error = python("""
        handle = start()
        metrics.count(metrics.NODE_ROWS, 3, node="orders")
        metrics.count(metrics.NODE_ROWS, 4, node="orders")
        metrics.observe(metrics.NODE_DURATION, 0.25, node="orders")
        assert handle.shutdown()
        print(json.dumps(points.found()))
    """)
    assert error == ""
    assert found["floe.node.rows"] == [[7, {"floe.node": "orders"}]]
    assert found["floe.node.duration"] == [[0.25, {"floe.node": "orders"}]]
    assert [attributes["floe.queue"] for _, attributes in found["floe.delivery.queue"]] == ["telemetry/memory"]


def test_log_lines_carry_the_ids_of_the_span_and_no_secret():
    result, error = python("""
        redactor.add("planted-secret")
        handle = start()
        with create_span("node") as span:
            secret = "planted-secret"
            logging.getLogger("floe_sdk.x").warning("no answer for %s", secret, extra={"key": secret})
            logging.getLogger("elsewhere").info("not wanted")
            export_only("floe_sdk.run", logging.INFO, "orders ended", rows=3)
            ids = span.span.get_span_context()
        handle.shutdown()
        print(json.dumps([[r.body, r.severity_text, dict(r.attributes), r.trace_id == ids.trace_id,
                           r.span_id == ids.span_id, bool(r.timestamp)] for r in told()]))
    """)
    assert result == [
        ["no answer for ***", "WARNING", {"floe.key": "***"}, True, True, True],
        ["orders ended", "INFO", {"floe.rows": 3}, True, True, True],
    ]
    assert "planted" not in error


def test_an_exception_in_a_log_line_comes_without_input_values():
    result, _ = python("""
        from pydantic import BaseModel
        class Model(BaseModel):
            port: int
        handle = start()
        try:
            Model(port="s3cr3t-literal")
        except ValueError:
            logging.getLogger("floe_sdk.x").exception("wrong")
        handle.shutdown()
        print(json.dumps([dict(r.attributes) for r in told()]))
    """)
    assert result[0]["exception.type"] == "ValidationError"
    assert "s3cr3t" not in json.dumps(result)


@pytest.mark.parametrize(
    ("variable", "counts"),
    [("TRACES", [0, True, 1]), ("METRICS", [1, False, 1]), ("LOGS", [1, True, 0])],
)
def test_a_variable_switches_one_signal_off(variable, counts):
    result, _ = python(
        """
        handle = start()
        with create_span("x"):
            metrics.count(metrics.NODE_ROWS, 1)
            logging.getLogger("floe_sdk.x").warning("said")
        handle.shutdown()
        print(json.dumps([len(spans.get_finished_spans()), bool(points.found()), len(told())]))
        """,
        **{f"OTEL_{variable}_EXPORTER": "none"},
    )
    assert result == counts


def test_without_telemetry_nothing_is_imported_and_after_its_end_nothing_is_exported():
    code = """
        import sys
        from floe_sdk.observability import metrics
        from floe_sdk.observability.logs import export_only
        metrics.count(metrics.NODE_ROWS, 1)
        metrics.observe(metrics.NODE_DURATION, 1)
        export_only("floe_sdk.run", 20, "x")
        print([name for name in sys.modules if name.startswith("opentelemetry")])
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    result, _ = python("""
        handle = start()
        with create_span("x"):
            pass
        handle.shutdown()
        before = len(told())
        with create_span("y"):
            metrics.count(metrics.NODE_ROWS, 1)
            logging.getLogger("floe_sdk.x").warning("said")
            export_only("floe_sdk.run", logging.INFO, "x")
        print(json.dumps([len(spans.get_finished_spans()), len(told()) - before, len(logging.getLogger().handlers)]))
    """)
    assert result == [1, 0, 0]


def test_baggage_says_whose_run_it_is_to_instrumented_libraries():
    result, _ = python("""
        from opentelemetry.propagate import inject
        handle = start()
        inside = {}
        with create_span("run.product").lead(product="shop", run_id="r1"):
            inject(inside)
        handle.shutdown()
        print(json.dumps(inside))
    """)
    assert sorted(result["baggage"].split(",")) == ["floe.product=shop", "floe.run_id=r1"]
    assert result["traceparent"].startswith("00-")


def test_the_span_that_leads_takes_what_threads_open_until_it_ends():
    result, _ = python("""
        import threading
        from floe_sdk.observability.spans import STATE, within
        handle = start()
        def call(name, node=None):
            def work():
                with within(node or ""), create_span(name):
                    pass
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
        with create_span("command"):
            with create_span("run").lead() as run:
                call("in run")
                STATE.named["n1"] = node = create_span("node", parent=run)
                call("in node", "n1")
                node.end()
            call("after run")
        handle.shutdown()
        done = {span.name: span for span in spans.get_finished_spans()}
        names = {span.context.span_id: name for name, span in done.items()}
        parents = {name: span.parent and names.get(span.parent.span_id) for name, span in done.items()}
        print(json.dumps(parents))
    """)
    assert result == {
        "command": None,
        "run": "command",
        "in run": "run",
        "node": "run",
        "in node": "node",
        "after run": "command",
    }


def test_a_second_flush_has_only_what_is_left_of_the_time():
    result, _ = python("""
        import time
        class Hangs(InMemorySpanExporter):
            def export(self, spans):
                time.sleep(600)
        handle = TelemetryProvider.initialize(CONFIG.model_copy(update={"flush_timeout": 0.6}), exporters=[Hangs()])
        with create_span("x"):
            pass
        times = []
        for call in (handle.flush, handle.close):
            began = time.monotonic()
            call(5)
            times.append(time.monotonic() - began)
        print(json.dumps(times))
    """)
    assert 0.5 < result[0] < 1.5
    assert result[1] < 0.45
