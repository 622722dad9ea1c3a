"""A span exporter that hands each finished span on as one JSON line; imported when spans are exported."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult  # noqa: TID253 - see above
from opentelemetry.sdk.util import ns_to_iso_str  # noqa: TID253 - as above

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import SpanContext


class LineExporter(SpanExporter):
    """Calls `write` with the JSON lines of a batch; what it raises is the host's to count."""

    def __init__(self, write: Callable[[list[str]], None]) -> None:
        self._write = write
        self._resource: tuple[Resource, str] | None = None

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write the batch."""
        self._write([self._line(span) for span in spans])
        return SpanExportResult.SUCCESS

    def _line(self, span: ReadableSpan) -> str:
        """What `span.to_json(indent=None)` says; the resource, which all spans share, is written out once."""
        known = self._resource
        if known is None or known[0] != span.resource:
            known = self._resource = span.resource, json.dumps(json.loads(span.resource.to_json(indent=None)))
        return f'{json.dumps(_described(span))[:-1]}, "resource": {known[1]}}}'


def _described(span: ReadableSpan) -> dict[str, Any]:
    status = {"status_code": span.status.status_code.name}
    if span.status.description:
        status["description"] = span.status.description
    return {
        "name": span.name,
        "context": _context(span.context) if span.context else None,
        "kind": f"SpanKind.{span.kind.name}",
        "parent_id": f"0x{span.parent.span_id:016x}" if span.parent else None,
        "start_time": ns_to_iso_str(span.start_time) if span.start_time else None,
        "end_time": ns_to_iso_str(span.end_time) if span.end_time else None,
        "status": status,
        "attributes": _attributes(span.attributes),
        "events": [
            {
                "name": event.name,
                "timestamp": ns_to_iso_str(event.timestamp),
                "attributes": _attributes(event.attributes),
            }
            for event in span.events
        ],
        "links": [
            {"context": _context(link.context), "attributes": _attributes(link.attributes)} for link in span.links
        ],
    }


def _context(context: SpanContext) -> dict[str, str]:
    return {
        "trace_id": f"0x{context.trace_id:032x}",
        "span_id": f"0x{context.span_id:016x}",
        "trace_state": repr(context.trace_state),
    }


def _attributes(attributes: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return dict(attributes) if attributes is not None else None
