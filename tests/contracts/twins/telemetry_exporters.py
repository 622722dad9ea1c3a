"""Exporters that write signed lines, and those that are wrong in one thing."""

import json
import threading
import time
from collections.abc import Sequence

from contracts.twins.lines import Lines
from contracts.twins.marking import SILENT
from opentelemetry.sdk._logs.export import LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from floe_sdk import FloeError


class Spans(SpanExporter):
    def __init__(self, file: Lines) -> None:
        self.file = file

    def export(self, spans):
        self.file.append(*(json.loads(span.to_json()) for span in spans))
        return SpanExportResult.SUCCESS


class Metrics(MetricExporter):
    answer = MetricExportResult.SUCCESS

    def __init__(self, file: Lines) -> None:
        super().__init__()
        self.file = file

    def export(self, metrics_data, timeout_millis=10_000, **kwargs):
        self.file.append(json.loads(metrics_data.to_json()))
        return self.answer

    def force_flush(self, timeout_millis=10_000):
        return True

    def shutdown(self, timeout_millis=30_000, **kwargs): ...


class Logs(LogRecordExporter):
    answer = LogRecordExportResult.SUCCESS

    def __init__(self, file: Lines) -> None:
        self.file = file

    def export(self, batch: Sequence):
        self.file.append(*(json.loads(record.to_json()) for record in batch))
        return self.answer

    def shutdown(self): ...

    def force_flush(self, timeout_millis=30_000):
        return True


class LosesTheThird(Spans):
    def export(self, spans):
        return super().export(spans[:2])


class AsciiOnly(Spans):
    def export(self, spans):
        return super().export([span for span in spans if span.name.isascii()])


class SaysNothing(Spans):
    def export(self, spans):
        super().export(spans)


class LooksAtTheFirst(Spans):
    def export(self, spans):
        spans[0].resource  # noqa: B018 - raises where there is none
        return super().export(spans)


class OneThread(Spans):
    def __init__(self, file: Lines) -> None:
        super().__init__(file)
        self.here = threading.local()
        self.here.file = file

    def export(self, spans):
        if not hasattr(self.here, "file"):
            raise ValueError("not on this thread")
        return super().export(spans)


class OneForAll(Spans):
    closed = False

    def export(self, spans):
        return SpanExportResult.FAILURE if self.closed else super().export(spans)

    def shutdown(self):
        self.closed = True


class EndsOnce(Spans):
    closed = False

    def shutdown(self):
        if self.closed:
            raise ValueError("it is closed")
        self.closed = True


class MetricsFail(Metrics):
    answer = MetricExportResult.FAILURE


class LogsFail(Logs):
    answer = LogRecordExportResult.FAILURE


class SaysSuccess(Spans):
    def export(self, spans):
        if not self.file.path.parent.is_file():
            super().export(spans)
        return SpanExportResult.SUCCESS


class EndsSlowly(Spans):
    def shutdown(self):
        if self.file.path.parent.is_file():
            time.sleep(1.0)


class EndsWithAnAnswer(Spans):
    def shutdown(self):
        if self.file.path.name == SILENT:
            time.sleep(1.0)


class ShowsItsKey(Spans):
    def export(self, spans):
        try:
            return super().export(spans)
        except FloeError as error:
            raise FloeError(error.code, f"{error.problem} ({self.file.key.reveal()})") from None
