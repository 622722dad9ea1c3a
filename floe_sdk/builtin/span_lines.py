"""A span exporter that hands each finished span on as one JSON line; imported when spans are exported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult  # noqa: TID253 - see above

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opentelemetry.sdk.trace import ReadableSpan


class LineExporter(SpanExporter):
    """Calls `write` with the JSON lines of a batch; what it raises is the host's to count."""

    def __init__(self, write: Callable[[list[str]], None]) -> None:
        self._write = write

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write the batch."""
        self._write([span.to_json(indent=None) for span in spans])
        return SpanExportResult.SUCCESS
