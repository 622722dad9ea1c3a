"""Rewriting data files into one, through a table's FileIO: same rows, same order, a few batches in memory at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from floe_sdk.errors import FloeError
from floe_sdk.errors.publish import ROWS_DIFFER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa
    from pyiceberg.manifest import DataFile
    from pyiceberg.table import FileScanTask, Table
    from pyiceberg.table.sorting import SortField

ROW_GROUP = 122_880
"""Rows of a row group, as DuckDB writes them."""

MERGED_AT_ONCE = 32
"""Sorted files that are merged into one at most: a batch of each is held."""

_HELD_ROWS = 250_000
_BATCH_ROWS = 32_768
_STREAM = "__floe_stream"


def rewrite(table: Table, tasks: Sequence[FileScanTask], uri: str) -> DataFile:
    """Write the rows of files of one partition into one file; in the table's sort order, if it has one.

    Raises FloeError where the new file does not hold as many rows as the old ones.
    """
    from pyiceberg.io.pyarrow import parquet_file_to_data_file, schema_to_pyarrow

    from floe_sdk.runtime.publishing.layout import place, without_partitions

    schema = schema_to_pyarrow(table.schema())
    order = table.metadata.sort_order().fields
    size = min(_BATCH_ROWS, _HELD_ROWS // len(tasks)) if order else _BATCH_ROWS
    streams = [_cast(_read(table, task, size), schema) for task in tasks]
    rows = _merge(streams, table, order) if order else (batch for stream in streams for batch in stream)
    _write(table, uri, schema, rows)
    file = parquet_file_to_data_file(table.io, without_partitions(table.metadata), uri)
    place(file, table.metadata, tuple(tasks[0].file.partition[number] for number in range(len(table.spec().fields))))
    before = sum(task.file.record_count for task in tasks)
    if file.record_count != before:
        problem = f"{'.'.join(table.name())}: {len(tasks)} files hold {before} rows and the new one {file.record_count}"
        raise FloeError(ROWS_DIFFER, problem, fix=ROWS_DIFFER.remedy)
    return file


def can_merge(table: Table) -> bool:
    """Whether rows can be put into the table's sort order here."""
    from pyiceberg.transforms import IdentityTransform

    columns = {field.field_id for field in table.schema().fields if field.field_type.is_primitive}
    order = table.metadata.sort_order().fields
    return all(each.source_id in columns and isinstance(each.transform, IdentityTransform) for each in order)


def _read(table: Table, task: FileScanTask, rows: int) -> Iterator[pa.RecordBatch]:
    """A file's rows under the table's present columns, a batch at a time: PyIceberg's own scans read far ahead."""
    import pyarrow.parquet as pq
    from pyiceberg.io.pyarrow import _get_column_projection_values, _to_requested_schema, pyarrow_to_schema

    wanted, metadata = table.schema(), table.metadata
    in_micros = metadata.format_version <= 2  # noqa: PLR2004 - nanoseconds came with version 3
    with table.io.new_input(task.file.file_path).open() as stream:
        file = pq.ParquetFile(stream)
        columns = pyarrow_to_schema(file.schema_arrow, metadata.name_mapping(), in_micros, metadata.format_version)
        spec = metadata.specs()[task.file.spec_id]
        missing = _get_column_projection_values(task.file, wanted, wanted, spec, columns.field_ids)
        for batch in file.iter_batches(rows):
            yield _to_requested_schema(
                wanted, columns, batch, in_micros, projected_missing_fields=missing, allow_timestamp_tz_mismatch=True
            )


def _cast(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    import pyarrow as pa

    for batch in batches:
        if batch.num_rows:
            yield pa.Table.from_batches([batch]).cast(schema)


def _write(table: Table, uri: str, schema: pa.Schema, parts: Iterable[pa.Table]) -> None:
    """Row groups of ROW_GROUP rows, however small the parts are."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    codec = table.properties.get("write.parquet.compression-codec", "zstd")
    compression = "none" if codec == "uncompressed" else codec
    with (
        table.io.new_output(uri).create() as stream,
        pq.ParquetWriter(stream, schema, compression=compression, store_decimal_as_integer=True) as writer,
    ):
        waiting: list[pa.Table] = []
        rows = 0
        for part in parts:
            waiting.append(part)
            rows += part.num_rows
            if rows >= ROW_GROUP:
                whole = pa.concat_tables(waiting)
                full = rows - rows % ROW_GROUP
                writer.write_table(whole.slice(0, full), row_group_size=ROW_GROUP)
                waiting, rows = [whole.slice(full)], rows - full
        if rows:
            writer.write_table(pa.concat_tables(waiting), row_group_size=ROW_GROUP)


def _merge(streams: Sequence[Iterator[pa.Table]], table: Table, order: Sequence[SortField]) -> Iterator[pa.Table]:
    """The rows of streams, each in order, in order; of a stream that is not, every row still comes once.

    What is held is a part of each stream. Rows up to the first place where an open stream's part ends can go: what
    that stream has next comes after it, and so does what the others have.
    """
    import pyarrow.compute as pc

    waiting = dict(enumerate(streams))
    held: pa.Table | None = None
    holds: set[int] = set()
    while True:
        for number in [each for each in waiting if each not in holds]:
            part = next(waiting[number], None)
            if part is None:
                del waiting[number]
            else:
                held = _with(held, part, number)
        if held is None or not held.num_rows:
            return
        places = _sorted_places(held, table, order)
        ends = _last_places(held[_STREAM].take(places))
        ready = min((ends[number] + 1 for number in waiting), default=held.num_rows)
        yield held.take(places.slice(0, ready)).drop_columns([_STREAM])  # a copy: a slice would keep all of it
        held = held.take(places.slice(ready))
        holds = set(pc.unique(held[_STREAM]).to_pylist())


def _with(held: pa.Table | None, part: pa.Table, number: int) -> pa.Table:
    import pyarrow as pa

    marked = part.append_column(_STREAM, pa.repeat(pa.scalar(number, pa.int32()), part.num_rows))
    return marked if held is None else pa.concat_tables([held, marked])


def _last_places(streams: pa.ChunkedArray) -> dict[int, int]:
    """Of each stream, where its last row is."""
    import pyarrow as pa

    places = pa.table({"stream": streams, "place": pa.array(range(len(streams)), pa.int64())})
    last = places.group_by("stream").aggregate([("place", "max")])
    return dict(zip(last["stream"].to_pylist(), last["place_max"].to_pylist(), strict=True))


def _sorted_places(rows: pa.Table, table: Table, order: Sequence[SortField]) -> Any:
    """Where each row comes from in the sorted table: nulls where the order has them, NaN above all numbers."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyiceberg.table.sorting import NullOrder, SortDirection

    columns: list[pa.ChunkedArray] = []
    keys: list[tuple[str, str]] = []
    for field in order:
        column = rows[table.schema().find_field(field.source_id).name]
        direction = "ascending" if field.direction is SortDirection.ASC else "descending"
        first = field.null_order is NullOrder.NULLS_FIRST
        parts = [(pc.is_null(column).cast(pa.int8()), "descending" if first else "ascending")]
        if pa.types.is_floating(column.type):
            parts.append((pc.is_nan(column).fill_null(False).cast(pa.int8()), direction))
        if isinstance(column.type, pa.BaseExtensionType):
            column = pa.chunked_array([chunk.storage for chunk in column.chunks], column.type.storage_type)
        elif pa.types.is_boolean(column.type):
            column = column.cast(pa.int8())
        for part, how in (*parts, (column, direction)):
            keys.append((str(len(columns)), how))
            columns.append(part)
    return pc.sort_indices(pa.table(columns, names=[name for name, _ in keys]), sort_keys=keys)
