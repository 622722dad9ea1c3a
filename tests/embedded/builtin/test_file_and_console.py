import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from floe_sdk import PluginContext
from floe_sdk.builtin.lineage_console import ConsoleLineage, ConsoleLineageConfig
from floe_sdk.builtin.lineage_file import FileLineage, FileLineageConfig
from floe_sdk.builtin.telemetry_console import ConsoleTelemetry, ConsoleTelemetryConfig
from floe_sdk.builtin.telemetry_file import FileTelemetry, FileTelemetryConfig


@pytest.fixture
def context(tmp_path):
    return PluginContext(
        environment="dev",
        platform="acme",
        product="shop",
        product_slug="shop",
        platform_root=tmp_path / "platform",
        product_root=tmp_path / "product",
        platform_state=tmp_path / "platform/.floe/dev",
        product_state=tmp_path / "product/.floe",
    )


@pytest.fixture
def span():
    from opentelemetry.sdk.trace import TracerProvider

    span = TracerProvider(shutdown_on_exit=False).get_tracer("test").start_span("a\nb", attributes={"x": "ö"})
    span.end()
    return span


def test_events_are_lines_beside_the_product(context):
    plugin = FileLineage(FileLineageConfig(), context)
    plugin.lineage_emit(event={"eventType": "START", "text": "a\nö"})
    plugin.lineage_emit(event={"eventType": "COMPLETE"})
    lines = (context.product_state / "lineage.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["eventType"] for line in lines] == ["START", "COMPLETE"]
    assert json.loads(lines[0])["text"] == "a\nö"


def test_a_folder_that_is_deleted_between_two_events_is_made_again(context):
    plugin = FileLineage(FileLineageConfig(), context)
    plugin.lineage_emit(event={"eventType": "START"})
    shutil.rmtree(context.product_state)
    plugin.lineage_emit(event={"eventType": "COMPLETE"})
    assert (context.product_state / "lineage.jsonl").read_text() == '{"eventType": "COMPLETE"}\n'


def test_an_event_that_a_killed_run_wrote_last_is_not_written_again(context):
    FileLineage(FileLineageConfig(), context).lineage_emit(event={"eventType": "START", "text": "ö" * 100_000})
    for number in (1, 2):
        plugin = FileLineage(FileLineageConfig(), context)
        plugin.lineage_emit(event={"eventType": "START", "text": "ö" * 100_000})
        plugin.lineage_emit(event={"eventType": "COMPLETE", "number": number})
        plugin.lineage_emit(event={"eventType": "COMPLETE", "number": number})
    lines = (context.product_state / "lineage.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line).get("number", 0) for line in lines] == [0, 1, 1, 0, 2, 2]


def test_the_path_is_the_platform_s_to_choose(context):
    plugin = FileLineage(FileLineageConfig(path="out/{product_slug}-{environment}.jsonl"), context)
    plugin.lineage_emit(event={})
    assert (context.platform_root / "out/shop-dev.jsonl").read_text() == "{}\n"


def test_spans_are_lines_beside_the_product(context, span):
    exporter = FileTelemetry(FileTelemetryConfig(), context).telemetry_span_exporter()
    exporter.export([span, span])
    lines = (context.product_state / "traces.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["name"] for line in lines] == ["a\nb", "a\nb"]


def test_a_line_of_a_span_is_what_opentelemetry_makes_of_it(context):
    from opentelemetry import trace
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    spans = []
    for resource in (Resource({"service.name": "shop", "list": ["a", "b"]}), Resource({"service.name": "ö"}, "urn:x")):
        tracer = TracerProvider(resource=resource, shutdown_on_exit=False).get_tracer("test")
        parent = tracer.start_span("parent", kind=trace.SpanKind.CLIENT)
        link = trace.Link(parent.get_span_context(), {"why": "retry"})
        child = tracer.start_span(
            "child",
            trace.set_span_in_context(parent),
            attributes={"n": 1, "ok": True, "many": ["ö", "b"]},
            links=[link],
        )
        child.add_event("exception", {"exception.type": "E"}, timestamp=1_700_000_000_123_456_789)
        child.set_status(trace.Status(trace.StatusCode.ERROR, 'it "failed"'))
        parent.end()
        spans += [child, parent, child]
    child.end()
    FileTelemetry(FileTelemetryConfig(), context).telemetry_span_exporter().export(spans)
    lines = (context.product_state / "traces.jsonl").read_text(encoding="utf-8").splitlines()
    assert lines == [span.to_json(indent=None) for span in spans]


def test_the_console_is_standard_error(span, capsys):
    ConsoleLineage(ConsoleLineageConfig()).lineage_emit(event={"eventType": "START"})
    ConsoleTelemetry(ConsoleTelemetryConfig()).telemetry_span_exporter().export([span])
    out, err = capsys.readouterr()
    assert out == ""
    event, trace = (json.loads(line) for line in err.splitlines())
    assert (event["eventType"], trace["name"]) == ("START", "a\nb")
    assert ConsoleLineage(ConsoleLineageConfig()).plugin_health().ok
    assert ConsoleTelemetry(ConsoleTelemetryConfig()).plugin_health().ok


@pytest.mark.parametrize(("plugin", "config"), [(FileLineage, FileLineageConfig), (FileTelemetry, FileTelemetryConfig)])
def test_health_writes_and_says_what_cannot_be_written(context, plugin, config):
    healthy = plugin(config(), context).plugin_health()
    assert healthy.ok
    assert healthy.seconds is not None
    assert [path.suffix for path in context.product_state.iterdir()] == [".jsonl"]
    context.platform_root.mkdir(parents=True)
    (context.platform_root / "file").write_text("")
    sick = plugin(config(path="file/x.jsonl"), context).plugin_health()
    assert not sick.ok
    assert "cannot write" in sick.message


WRITER = """
import json, sys
from pathlib import Path
from floe_sdk import PluginContext
from floe_sdk.builtin.lineage_file import FileLineage, FileLineageConfig
here = Path({folder!r})
context = PluginContext("dev", "p", "p", "p", here, here, here, here)
plugin = FileLineage(FileLineageConfig(), context)
for number in range(300):
    plugin.lineage_emit(event={{"writer": {writer}, "number": number, "filler": "x" * 20000}})
"""


def test_lines_of_processes_that_write_at_once_never_mix(tmp_path: Path):
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER.format(folder=str(tmp_path), writer=writer)])
        for writer in range(3)
    ]
    assert [process.wait(timeout=60) for process in writers] == [0, 0, 0]
    found = [json.loads(line) for line in (tmp_path / "lineage.jsonl").read_text().splitlines()]
    for writer in range(3):
        assert [each["number"] for each in found if each["writer"] == writer] == list(range(300))
