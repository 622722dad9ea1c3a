"""Telemetry: the names of what is exported, in a file of signed lines."""

from typing import TYPE_CHECKING

import pytest
from contracts.twins import lines
from contracts.twins.lines import Lines, LinesConfig
from contracts.twins.marking import Silenced, base_twins, twin

from floe_sdk import Health, PluginContext, hookimpl
from floe_sdk.testing import TelemetryContract

if TYPE_CHECKING:
    from opentelemetry.sdk._logs.export import LogRecordExporter
    from opentelemetry.sdk.metrics.export import MetricExporter
    from opentelemetry.sdk.trace.export import SpanExporter


class Good:
    """Appends each span, each collection of metrics and each log record."""

    Config = LinesConfig
    spans, metrics, logs = "Spans", "Metrics", "Logs"

    def __init__(self, config: LinesConfig, context: PluginContext) -> None:
        self.config = config
        self.lines = Lines(context.platform_root / config.path, config.key)

    @hookimpl
    def telemetry_span_exporter(self) -> "SpanExporter":
        return self.exporter(self.spans)

    @hookimpl
    def telemetry_metric_exporter(self) -> "MetricExporter":
        return self.exporter(self.metrics)

    @hookimpl
    def telemetry_log_exporter(self) -> "LogRecordExporter":
        return self.exporter(self.logs)

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        return self.lines.health()

    def exporter(self, name: str):
        from contracts.twins import telemetry_exporters

        return getattr(telemetry_exporters, name)(self.lines)


class Suite(Silenced, TelemetryContract):
    slack_seconds = 0.5
    export_seconds = 0.2

    @pytest.fixture
    def config(self, monkeypatch):
        return lines.config(monkeypatch)

    @pytest.fixture
    def received(self, context):
        return lambda: [each["name"] for each in lines.read(context.platform_root / "out/lines")]


@twin("test_spans_arrive")
class LosesTheThird(Good):
    """A batch is two spans at most."""

    spans = "LosesTheThird"


@twin("test_odd_spans_arrive")
class AsciiOnly(Good):
    """Names are written as ASCII, and what is not is left out."""

    spans = "AsciiOnly"


@twin("test_export_says_that_it_went_well")
class SaysNothing(Good):
    """`export` returns None."""

    spans = "SaysNothing"


@twin("test_an_empty_batch_is_no_error")
class LooksAtTheFirst(Good):
    """`export` takes the first span's resource for all."""

    spans = "LooksAtTheFirst"


@twin("test_another_thread_may_export")
class OneThread(Good):
    """An exporter is for the thread that made it."""

    spans = "OneThread"


@twin("test_each_exporter_is_its_own")
class OneForAll(Good):
    """There is one exporter, and it is closed."""

    spans = "OneForAll"

    @hookimpl
    def telemetry_span_exporter(self) -> "SpanExporter":
        if not hasattr(self, "one") or self.given > 1:
            self.one, self.given = super().telemetry_span_exporter(), 0
        self.given += 1
        return self.one


@twin("test_shutting_down_twice_is_harmless")
class EndsOnce(Good):
    """The second `shutdown` raises."""

    spans = "EndsOnce"


@twin("test_metrics_are_taken")
class MetricsFail(Good):
    """The metric exporter says that it failed."""

    metrics = "MetricsFail"


@twin("test_log_records_are_taken")
class LogsFail(Good):
    """The log exporter says that it failed."""

    logs = "LogsFail"


@twin("test_what_is_lost_is_told")
class SaysSuccess(Good):
    """`export` returns SUCCESS whatever became of the spans."""

    spans = "SaysSuccess"


@twin("test_it_does_not_wait_for_ever")
class EndsSlowly(Good):
    """The end waits for what can't be sent."""

    spans = "EndsSlowly"


@twin("test_it_does_not_wait_for_an_answer")
class EndsWithAnAnswer(Good):
    """The end waits for an answer."""

    spans = "EndsWithAnAnswer"


@twin("test_errors_show_no_secret")
class ShowsItsKey(Good):
    """What an exporter raises says with which key it was tried."""

    spans = "ShowsItsKey"


globals().update(base_twins(Good, "telemetry_span_exporter", own=("test_errors_show_no_secret",), silenced=True))
