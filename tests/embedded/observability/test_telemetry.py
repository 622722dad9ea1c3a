"""Tracing as an entry point turns it on: each case in a process of its own, because OpenTelemetry is global."""

import json
import os
import subprocess
import sys
import textwrap
import time

import pytest

PRELUDE = """
import os, sys, json, time, threading
from floe_sdk import TelemetryProvider, ObservabilityConfig, create_span, redactor
from floe_sdk.observability.telemetry import resource_attributes

def config(**tracing):
    return ObservabilityConfig.model_validate({"tracing": {"enabled": True, **tracing}})

def memory():
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    return InMemorySpanExporter()

ATTRIBUTES = resource_attributes(product="shop", version="1.2.3", environment="staging", platform="acme")
"""


def python(code, **environment):
    """Run `code` after the prelude; its standard output as JSON, its standard error, and how long it took."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "TRACE"))}
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PRELUDE + textwrap.dedent(code)],
        env={**clean, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout or "null"), done.stderr, time.monotonic() - began


SPANS = """
exporter = memory()
handle = TelemetryProvider.initialize(config(), exporters=[exporter], resource_attributes=ATTRIBUTES)
with create_span("outer", product="shop"):
    with create_span("inner", **{"db.system": "duckdb"}) as span:
        span.set_attribute("rows", 3)
assert handle.shutdown(3)
spans = [json.loads(span.to_json()) for span in exporter.get_finished_spans()]
print(json.dumps(spans))
"""


def test_spans_of_a_process_nest_and_say_where_they_come_from():
    (inner, outer), error, _ = python(SPANS)
    assert error == ""
    assert (outer["name"], inner["name"]) == ("outer", "inner")
    assert inner["parent_id"] == outer["context"]["span_id"]
    assert inner["attributes"] == {"db.system": "duckdb", "floe.rows": 3}
    resource = inner["resource"]["attributes"]
    assert resource["service.name"] == "shop"
    assert resource["service.version"] == "1.2.3"
    assert resource["deployment.environment.name"] == "staging"
    assert resource["service.namespace"] == "acme"


def test_spans_that_go_to_a_noop_tracer_because_nobody_initialised_the_provider():
    result, _, _ = python("""
        with create_span("lost") as lost:
            pass
        import opentelemetry.trace
        before = TelemetryProvider().recording
        exporter = memory()
        handle = TelemetryProvider.initialize(config(), exporters=[exporter])
        after = handle.recording
        with create_span("kept"):
            pass
        handle.shutdown()
        print(json.dumps([before, after, handle.recording, [span.name for span in exporter.get_finished_spans()]]))
    """)
    assert result == [False, True, False, ["kept"]]


def test_as_a_library_nothing_is_imported_and_nothing_happens():
    loaded, error, _ = python("""
        with create_span("x", a=1) as span:
            span.set_attribute("b", 2)
        print(json.dumps([name for name in sys.modules if name.startswith("opentelemetry")]))
    """)
    assert (loaded, error) == ([], "")


def test_disabled_tracing_asks_no_plugin_for_an_exporter():
    result, _, _ = python("""
        def exporters():
            raise AssertionError("asked")
            yield
        handle = TelemetryProvider.initialize(ObservabilityConfig(), exporters=exporters())
        with create_span("x"):
            pass
        loaded = "opentelemetry.sdk" in sys.modules
        print(json.dumps([handle.reason, handle.shutdown(), loaded]))
    """)
    assert result == ["tracing is not enabled in the manifest", True, False]


@pytest.mark.parametrize("variable", ["OTEL_SDK_DISABLED=true", "OTEL_TRACES_EXPORTER=none"])
def test_a_variable_switches_tracing_off(variable):
    name, value = variable.split("=")
    spans, _, _ = python(SPANS, **{name: value})
    assert spans == []


def test_resource_variables_win_over_the_manifest():
    spans, _, _ = python(
        SPANS, OTEL_RESOURCE_ATTRIBUTES="deployment.environment.name=production,team=a", OTEL_SERVICE_NAME="other"
    )
    resource = spans[0]["resource"]["attributes"]
    assert resource["service.name"] == "other"
    assert resource["deployment.environment.name"] == "production"
    assert resource["team"] == "a"
    assert resource["service.version"] == "1.2.3"


@pytest.mark.parametrize(
    ("ratio", "sampler", "count"),
    [(0.0, None, 0), (1.0, None, 2), (0.0, "always_on", 2), (1.0, "always_off", 0)],
)
def test_the_sampler_variable_wins_over_the_ratio(ratio, sampler, count):
    spans, _, _ = python(
        SPANS.replace("config()", f"config(sample_ratio={ratio})"),
        **({"OTEL_TRACES_SAMPLER": sampler} if sampler else {}),
    )
    assert len(spans) == count


TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"  # pragma: allowlist secret


def test_a_trace_comes_in_by_traceparent_and_goes_on_in_instrumented_libraries():
    result, _, _ = python(
        """
        from opentelemetry.propagate import inject
        exporter = memory()
        handle = TelemetryProvider.initialize(config(), exporters=[exporter])
        with create_span("run"):
            inside = {}
            inject(inside)
        handle.shutdown()
        after = {}
        inject(after)
        print(json.dumps([inside, json.loads(exporter.get_finished_spans()[0].to_json()), after]))
        """,
        TRACEPARENT=f"00-{TRACE}-{PARENT}-01",
    )
    inside, span, after = result
    assert span["context"]["trace_id"] == f"0x{TRACE}"
    assert span["parent_id"] == f"0x{PARENT}"
    assert inside["traceparent"].split("-")[1:3] == [TRACE, span["context"]["span_id"][2:]]
    assert after == {}


def test_an_unsampled_parent_is_honoured():
    spans, _, _ = python(SPANS, TRACEPARENT=f"00-{TRACE}-{PARENT}-00")
    assert spans == []


def test_spans_of_threads_belong_to_the_run():
    result, _, _ = python("""
        exporter = memory()
        handle = TelemetryProvider.initialize(config(), exporters=[exporter])
        def work():
            with create_span("node"), create_span("publish"):
                pass
        with create_span("run"):
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
        handle.shutdown()
        spans = {span.name: span for span in exporter.get_finished_spans()}
        print(json.dumps({name: span.parent and span.parent.span_id for name, span in spans.items()}
                         | {"ids": {name: span.context.span_id for name, span in spans.items()}}))
    """)
    ids = result.pop("ids")
    assert result == {"run": None, "node": ids["run"], "publish": ids["node"]}


def test_a_span_may_begin_and_end_at_given_times_on_another_thread():
    result, _, _ = python("""
        from datetime import datetime, timezone
        exporter = memory()
        handle = TelemetryProvider.initialize(config(), exporters=[exporter])
        with create_span("run") as run:
            node = create_span("node", parent=run, at=datetime(2026, 1, 1, tzinfo=timezone.utc))
            thread = threading.Thread(target=lambda: node.end(datetime(2026, 1, 2, tzinfo=timezone.utc)))
            thread.start()
            thread.join()
            node.end()
        handle.shutdown()
        span = next(span for span in exporter.get_finished_spans() if span.name == "node")
        print(json.dumps([span.start_time, span.end_time, len(exporter.get_finished_spans())]))
    """)
    assert result == [1767225600 * 10**9, 1767312000 * 10**9, 2]


def test_no_exporter_sees_a_secret():
    spans, error, _ = python("""
        redactor.add("hunter22-secret")
        exporter, team = memory(), {"team": "hunter22-secret"}
        handle = TelemetryProvider.initialize(config(), exporters=[exporter], resource_attributes=team)
        try:
            uri = "pg://u:hunter22-secret@h"  # pragma: allowlist secret
            with create_span("connect to hunter22-secret", uri=uri, b=["aHVudGVyMjItc2VjcmV0"]):
                raise RuntimeError("no answer for hunter22-secret")
        except RuntimeError:
            pass
        import opentelemetry.trace
        library = opentelemetry.trace.get_tracer("a library")
        with library.start_as_current_span("q", attributes={"q": "hunter22-secret"}) as span:
            span.add_event("hunter22-secret", {"x": "hunter22-secret"})
        handle.shutdown()
        print(json.dumps([json.loads(span.to_json()) for span in exporter.get_finished_spans()]))
    """)
    assert [span["name"] for span in spans] == ["connect to ***", "q"]
    assert spans[0]["status"] == {"status_code": "ERROR", "description": "no answer for ***"}
    assert spans[0]["attributes"]["error.type"] == "RuntimeError"
    text = json.dumps(spans) + error
    assert "hunter22" not in text
    assert "aHVudGVy" not in text


def test_the_input_values_of_a_validation_error_stay_out_of_spans():
    spans, _, _ = python("""
        from pydantic import BaseModel
        class Model(BaseModel):
            port: int
        exporter = memory()
        handle = TelemetryProvider.initialize(config(), exporters=[exporter])
        try:
            with create_span("x"):
                Model(port="s3cr3t-literal")
        except ValueError:
            pass
        handle.shutdown()
        print(json.dumps([json.loads(span.to_json()) for span in exporter.get_finished_spans()]))
    """)
    assert "s3cr3t-literal" not in json.dumps(spans)
    assert spans[0]["status"]["description"].startswith("port: ")


def test_an_application_s_own_provider_is_kept():
    result, _, _ = python("""
        from opentelemetry import trace
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        mine = memory()
        own = TracerProvider()
        own.add_span_processor(SimpleSpanProcessor(mine))
        trace.set_tracer_provider(own)
        def exporters():
            raise AssertionError("asked")
            yield
        handle = TelemetryProvider.initialize(config(), exporters=exporters())
        with create_span("x"):
            pass
        kept = handle.recording and trace.get_tracer_provider() is own
        print(json.dumps([kept, handle.shutdown(), [span.name for span in mine.get_finished_spans()]]))
    """)
    assert result == [True, True, ["x"]]


def test_initialising_twice_gives_the_same_provider_and_a_new_one_after_the_end():
    result, _, _ = python("""
        first, second = memory(), memory()
        handle = TelemetryProvider.initialize(config(), exporters=[first])
        same = TelemetryProvider.initialize(config(), exporters=[second]) is handle
        with create_span("a"):
            pass
        handle.shutdown()
        again = TelemetryProvider.initialize(config(), exporters=[second])
        with create_span("b"):
            pass
        again.shutdown()
        names = [[span.name for span in each.get_finished_spans()] for each in (first, second)]
        print(json.dumps([same, names]))
    """)
    assert result == [True, [["a"], ["b"]]]


BAD = """
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
import logging
class Bad(SpanExporter):
    def export(self, spans):
        {export}
    def shutdown(self):
        {shutdown}
good = memory()
handle = TelemetryProvider.initialize(config(), exporters=[Bad(), good])
for number in range(1500):
    with create_span("x"):
        pass
began = time.monotonic()
done = handle.shutdown(1)
print(json.dumps([done, time.monotonic() - began, len(good.get_finished_spans())]))
"""


def test_a_collector_that_hangs_delays_the_end_by_the_deadline_and_loses_no_other_s_spans():
    (done, seconds, good), error, total = python(BAD.format(export="time.sleep(600)", shutdown="time.sleep(600)"))
    assert done is False
    assert seconds < 5
    assert total < 15
    assert good == 1500
    assert error.startswith("Bad did not take 1500 of 1500 spans, which are lost: it did not answer in time; ")
    assert len(error.splitlines()) == 1


def test_a_dead_collector_costs_one_line():
    refusal = 'raise OSError("refused by hunter22")'
    export = f'logging.getLogger("opentelemetry.exporter.x").error("refused by hunter22"); {refusal}'
    (done, _, good), error, _ = python(
        'redactor.add("hunter22")\n' + BAD.format(export=export, shutdown='raise OSError("refused")')
    )
    assert done is False
    assert good == 1500
    assert error == "Bad did not take 1500 of 1500 spans, which are lost: refused by ***\n"
