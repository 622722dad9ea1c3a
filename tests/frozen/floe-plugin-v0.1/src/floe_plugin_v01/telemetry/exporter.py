"""The exporter: each batch of spans is one write at the end of the file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult


class FileExporter(SpanExporter):
    """Appends spans to a file; what it raises is counted by floe, and never fails a run."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Append a batch; lines of two processes never mix."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        text = "".join(f"{span.to_json(indent=None)}\n" for span in spans)
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            os.write(file, text.encode())
        finally:
            os.close(file)
        return SpanExportResult.SUCCESS
