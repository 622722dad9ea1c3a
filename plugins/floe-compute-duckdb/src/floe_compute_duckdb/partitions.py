"""A query's rows as a Parquet file for each partition of an Iceberg table."""

from __future__ import annotations

import uuid
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pyiceberg.types import BooleanType, DateType, IntegerType, LongType, StringType, TimestampType, TimestamptzType

from floe_compute_duckdb.object_store import move, writing
from floe_compute_duckdb.sql import literal, quote
from floe_sdk import LAYOUT, FloeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyiceberg.schema import Schema
    from pyiceberg.types import IcebergType

    from floe_compute_duckdb.object_store import ObjectStore
    from floe_compute_duckdb.writing import Execute
    from floe_sdk import PartitionBy, Publication, SortBy, TableLayout

MOST_PARTITIONS = 10_000
"""Of one commit: each is a file; more is a mistake in the model's layout."""


def copy_partitions(
    execute: Execute,
    publication: Publication,
    query: str,
    schema: Schema,
    layout: TableLayout,
    options: str,
    store: ObjectStore | None,
) -> int:
    """Write the query's rows, a file for each partition, and return their number.

    A layout with a sort order takes a temporary table: DuckDB's COPY with PARTITION_BY keeps no order within a file.
    With two threads most files are unsorted; with one thread, or with `preserve_insertion_order`, rows at the border of
    two partitions still come late (seen of 1.5.5 with `order by partition, k`); `preserve_order` is refused beside
    PARTITION_BY. DuckDB 2 has an ORDER_BY of COPY's own for it.
    """
    keys = [f"__floe_p{number}" for number in range(len(layout.partition_by))]
    values = ", ".join(f"{_value(by, schema)} as {key}" for by, key in zip(layout.partition_by, keys, strict=True))
    rows = f"select *, {values} from (\n{query}\n) order by "
    if not layout.sort_by:
        parsers = {key: _parser(by, schema) for key, by in zip(keys, layout.partition_by, strict=True)}
        return _copy_at_once(execute, publication, layout, rows + ", ".join(keys), parsers, options, store)
    table = f"__floe_rows_{uuid.uuid4().hex}"
    execute(f"create temporary table {table} as {rows}{', '.join([*keys, *(_order(by) for by in layout.sort_by)])}")
    try:
        groups = execute(f"select {', '.join(keys)}, count(*) from {table} group by all order by all").fetchall()
        _check_number(layout, [tuple(partition) for *partition, _ in groups])
        for *partition, _ in groups:
            where = " and ".join(
                f"{key} is not distinct from {_sql(each)}" for key, each in zip(keys, partition, strict=True)
            )
            selected = f"select * exclude ({', '.join(keys)}) from {table} where {where} {order_by(layout.sort_by)}"
            with writing(store, publication.new_file(tuple(partition)), lambda: publication.io) as path:
                execute(f"copy ({selected}) to {literal(path)} ({options})")
        return sum(int(group[-1]) for group in groups)
    finally:
        execute(f"drop table {table}")


def _copy_at_once(
    execute: Execute,
    publication: Publication,
    layout: TableLayout,
    query: str,
    keys: Mapping[str, Callable[[str], Any]],
    options: str,
    store: ObjectStore | None,
) -> int:
    """One pass, in the order of the partitions: DuckDB writes more than a hundred at once in many small pieces.

    It names the files itself, so they are written into a private folder: in the table's, what a killed run left could
    not be told from what another writer is writing. `keys` reads their values from text. How many partitions there are
    is known when they are written: counting them before would run the model's query twice.
    """
    with TemporaryDirectory(prefix="copy-", dir=store.folder if store else None) as folder:
        partitioned = f"partition_by ({', '.join(keys)}), hive_file_pattern false, filename_pattern '{{uuid}}'"
        target = literal(f"{folder}/files")
        files = execute(f"copy (\n{query}\n) to {target} ({options}, {partitioned}, return_stats)").fetchall()
        partitions = [
            tuple(None if text[key] is None else parse(text[key]) for key, parse in keys.items()) for *_, text in files
        ]
        _check_number(layout, partitions)
        for (path, *_), partition in zip(files, partitions, strict=True):
            move(Path(path), publication.new_file(partition), publication.io)
        return sum(rows for _, rows, *_ in files)


def _check_number(layout: TableLayout, partitions: Sequence[tuple[Any, ...]]) -> None:
    number = len(set(partitions))
    if number <= MOST_PARTITIONS:
        return
    counts = [
        (len(set(values)), by) for values, by in zip(zip(*partitions, strict=True), layout.partition_by, strict=True)
    ]
    told = ", ".join(f"{_told(by)} has {count} values" for count, by in counts)
    _, finest = max(counts, key=lambda each: each[0])
    problem = f"the rows fall into {number} partitions; at most {MOST_PARTITIONS} are written at once: {told}"
    raise FloeError(LAYOUT, problem, fix=f"partition_by: {_coarser(finest)}, or leave it out")


def _told(by: PartitionBy) -> str:
    if by.transform == "identity":
        return by.column
    return f"{by.transform}({by.column}{f', {by.width}' if by.width else ''})"


def _coarser(by: PartitionBy) -> str:
    above = {"hour": "day", "day": "month", "month": "year"}.get(by.transform)
    if above is not None:
        return f"{above}({by.column}) instead of {_told(by)}"
    if by.transform == "truncate":
        return f"another width than {by.width} in {_told(by)}"
    return (
        f"something coarser than {by.column}, such as month(...) of a date or truncate(..., width) of text and numbers"
    )


def order_by(sort_by: Sequence[SortBy]) -> str:
    """The ORDER BY of a table's sort order, or nothing."""
    return f"order by {', '.join(_order(by) for by in sort_by)}" if sort_by else ""


def _order(by: SortBy) -> str:
    nulls = "first" if by.nulls_first else "last"
    return f"{quote(by.column)} {'desc' if by.descending else 'asc'} nulls {nulls}"


def _value(by: PartitionBy, schema: Schema) -> str:  # noqa: PLR0911 - a table of cases
    """The SQL of a partition's value as Iceberg stores it: dates in days, timestamps in microseconds since 1970."""
    column, kind = quote(by.column), schema.find_field(by.column).field_type
    if isinstance(kind, TimestamptzType):
        column = f"({column} at time zone 'UTC')"
    timed = isinstance(kind, (DateType, TimestampType, TimestamptzType))
    if by.transform in ("year", "month", "day") and timed:
        return f"date_diff('{by.transform}', timestamp '1970-01-01', {column}::timestamp)::integer"
    if by.transform == "hour" and timed and not isinstance(kind, DateType):
        return f"date_diff('hour', timestamp '1970-01-01', {column})::integer"
    if by.transform == "truncate" and isinstance(kind, StringType):
        return f"left({column}, {by.width})"
    if by.transform == "truncate" and isinstance(kind, (IntegerType, LongType)):
        return f"{column} - (({column} % {by.width} + {by.width}) % {by.width})"
    if by.transform == "identity" and isinstance(kind, DateType):
        return f"date_diff('day', date '1970-01-01', {column})::integer"
    if by.transform == "identity" and timed:
        return f"epoch_us({column}::timestamp)"
    if by.transform == "identity" and isinstance(kind, (BooleanType, IntegerType, LongType, StringType)):
        return column
    raise _refused(by, kind)


def _parser(by: PartitionBy, schema: Schema) -> Callable[[str], Any]:
    """What makes a partition's value of the text that DuckDB returns."""
    kind = schema.find_field(by.column).field_type
    if isinstance(kind, StringType):
        return str
    return (lambda text: text == "true") if isinstance(kind, BooleanType) else int


def _refused(by: PartitionBy, kind: IcebergType) -> FloeError:
    return FloeError(
        LAYOUT,
        f"partition_by: {by.transform} of {by.column} is not supported: it is {kind}",
        fix="partition by a date or time, text, an integer or a boolean",
    )


def _sql(value: Any) -> str:
    if value is None:
        return "null"
    return literal(value) if isinstance(value, str) else str(value).lower()
