"""What stands between the SDK and an exporter: redaction, and one warning instead of a page of them."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.resources import Resource  # noqa: TID253 - imported only when tracing is on
from opentelemetry.sdk.trace import Event, ReadableSpan  # noqa: TID253 - as above
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult  # noqa: TID253 - as above
from opentelemetry.trace import Link, Status

from floe_sdk.observability.redaction import redactor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_log = logging.getLogger("floe_sdk.telemetry")


class Warned:
    """Says once that spans are not delivered; what follows is for `--log-level debug`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._done = False

    def say(self, reason: str) -> None:
        """Warn with `reason` if it is the first."""
        with self._lock:
            level, self._done = (logging.DEBUG if self._done else logging.WARNING), True
        _log.log(level, "traces are not delivered: %s", redactor.redact(reason))


class SafeExporter(SpanExporter):
    """An exporter that sees only redacted spans, and whose failures neither spread nor repeat themselves."""

    def __init__(self, exporter: SpanExporter, warned: Warned) -> None:
        self._exporter = exporter
        self._warned = warned

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Redact and hand on."""
        try:
            result = self._exporter.export([redacted(span) for span in spans])
        except Exception as error:  # noqa: BLE001 - a plugin's exporter may raise anything, and a run goes on
            self._warned.say(f"{type(self._exporter).__name__}: {error}")
            return SpanExportResult.FAILURE
        if result is not SpanExportResult.SUCCESS:
            self._warned.say(f"{type(self._exporter).__name__} reports a failure")
        return result

    def shutdown(self) -> None:
        """Stop the exporter."""
        try:
            self._exporter.shutdown()
        except Exception as error:  # noqa: BLE001 - as in export
            self._warned.say(f"{type(self._exporter).__name__}: {error}")

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Hand on."""
        return self._exporter.force_flush(timeout_millis)


def redacted(span: ReadableSpan) -> ReadableSpan:
    """The span with every text redacted; the span itself where no secret is known."""
    if not redactor.knows_any:
        return span
    name, attributes = redactor.redact(span.name), _mapping(span.attributes)
    events = [Event(redactor.redact(each.name), _mapping(each.attributes), each.timestamp) for each in span.events]
    return ReadableSpan(
        name=name,
        context=span.context,
        parent=span.parent,
        resource=Resource(_mapping(span.resource.attributes), span.resource.schema_url),
        attributes=attributes,
        events=events,
        links=[Link(each.context, _mapping(each.attributes)) for each in span.links],
        kind=span.kind,
        status=Status(span.status.status_code, redactor.redact(span.status.description or "") or None),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _mapping(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    return redactor.redact_mapping(dict(attributes or {}))


class _OneLine(logging.Handler):
    """OpenTelemetry's own log lines about a collector that does not answer, turned into one of ours."""

    def __init__(self, warned: Warned) -> None:
        super().__init__(logging.WARNING)
        self.warned = warned

    def emit(self, record: logging.LogRecord) -> None:
        """Say its first line."""
        self.warned.say(record.getMessage().splitlines()[0])


def quieten() -> Warned:
    """Take over OpenTelemetry's log; returns what its exporters and ours share, so that one line is said in all."""
    log = logging.getLogger("opentelemetry")
    log.propagate = False
    warned = Warned()
    log.handlers = [handler for handler in log.handlers if not isinstance(handler, _OneLine)] + [_OneLine(warned)]
    return warned
