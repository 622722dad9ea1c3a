"""A query's answer as text or as a file; batch by batch but for the table, whose columns must be aligned."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from floe_sdk.cli.output import print_table, redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa

FORMATS = ("table", "json", "csv", "arrow", "parquet")
BINARY = frozenset({"arrow", "parquet"})
_NUMBERS = ("int", "uint", "float", "double", "halffloat", "decimal")


def write_rows(reader: pa.RecordBatchReader, form: str, output: Path | None) -> None:
    """Write the answer in one of `FORMATS` to a file, whole or not at all, or to standard output."""
    if form == "table" and output is None:
        _table(reader)
        return
    with _sink(output) as sink:
        if form in BINARY:
            _binary(reader, form, sink)
        else:
            lines = {"json": _json, "csv": _csv, "table": _csv}[form](reader)
            for line in lines:
                sink.write(redacted(line).encode())


def _table(reader: pa.RecordBatchReader) -> None:
    rows = [[_text(value) for value in row.values()] for row in _rows(reader)]
    right = {field.name for field in reader.schema if str(field.type).startswith(_NUMBERS)}
    print_table(reader.schema.names, rows, right=right)


def _json(reader: pa.RecordBatchReader) -> Iterator[str]:
    """A JSON array, one row a line."""
    separator = "[\n"
    for row in _rows(reader):
        yield f"{separator}  {json.dumps(_plain(row), ensure_ascii=False, default=_json_text)}"
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def _csv(reader: pa.RecordBatchReader) -> Iterator[str]:
    yield _csv_line(reader.schema.names)
    for row in _rows(reader):
        yield _csv_line(_text(value) for value in row.values())


def _csv_line(cells: Iterable[str | None]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(["" if cell is None else cell for cell in cells])
    return line.getvalue()


def _rows(reader: pa.RecordBatchReader) -> Iterator[dict[str, Any]]:
    for batch in reader:
        names = batch.schema.names
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield dict(zip(names, row, strict=True))


def _text(value: Any) -> str | None:
    """A value for people and for CSV: nested ones as JSON, bytes as hexadecimal digits."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return json.dumps(_plain(value), ensure_ascii=False, default=_json_text)
    return str(value)


def _json_text(value: Any) -> str | None:
    """What JSON has no form for: dates and times in ISO 8601, decimals with all their digits."""
    return value.isoformat() if hasattr(value, "isoformat") else _text(value)


def _plain(value: Any) -> Any:
    """A value for JSON, which has no NaN and no infinity."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _binary(reader: pa.RecordBatchReader, form: str, sink: BinaryIO) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pa.ipc.new_stream(sink, reader.schema) if form == "arrow" else pq.ParquetWriter(sink, reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)


@contextmanager
def _sink(output: Path | None) -> Iterator[BinaryIO]:
    """A file that is in place when all of it was written; standard output through one, so that it holds no half."""
    folder = output.parent if output else None
    handle, name = tempfile.mkstemp(prefix=".floe-", dir=folder)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            if output is None:
                file.seek(0)
                sys.stdout.flush()
                shutil.copyfileobj(file, sys.stdout.buffer)
        if output is not None:
            umask = os.umask(0)
            os.umask(umask)
            Path(name).chmod(0o666 & ~umask)  # mkstemp makes files private
            Path(name).replace(output)
    finally:
        Path(name).unlink(missing_ok=True)
