"""One query becomes one Parquet file in a table's location and one snapshot in the catalog."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from dbt_common.exceptions import DbtRuntimeError
from pyiceberg.types import DateType, TimestampType, TimestamptzType

from floe_compute_duckdb.descriptions import described
from floe_compute_duckdb.explaining import storage_problem
from floe_compute_duckdb.object_store import writing
from floe_compute_duckdb.partitions import copy_partitions, order_by
from floe_compute_duckdb.renaming import as_renamed
from floe_compute_duckdb.scan import field_ids
from floe_compute_duckdb.spelling import as_spelled, nested_as_spelled
from floe_compute_duckdb.sql import literal, quote
from floe_compute_duckdb.types import columns_of
from floe_sdk import COLUMN_TYPE, FloeError, TableLayout, fault_during

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyiceberg.manifest import DataFile
    from pyiceberg.schema import Schema

    from floe_compute_duckdb.object_store import ObjectStore
    from floe_sdk import Publication, TableVersion

_TIMES = (DateType, TimestampType, TimestamptzType)
Execute = Callable[[str], Any]
"""Runs SQL on a DuckDB connection and returns the cursor."""


def publish(  # noqa: PLR0913 - all but three by name
    execute: Execute,
    publication: Publication,
    query: str,
    *,
    store: ObjectStore | None = None,
    removed: Sequence[DataFile] | None,
    staged_rows: int | None = None,
    name: str = "the query",
    layout: TableLayout | None = None,
    comments: Mapping[str, str] | None = None,
) -> tuple[TableVersion, int]:
    """Write what `query` returns and commit it; returns the table's version and the rows that were written.

    `removed` None replaces the table. `staged_rows` is what the compute counted before COPY, where it staged the rows:
    the commit is refused when the file holds another number. `comments` are those of columns, by names in lower case.
    Without a `store` the table is on this machine. Whatever goes wrong leaves no snapshot and no file.
    """
    try:
        kept = None if removed is None else _kept(publication, layout)
        answer = execute(f"describe {query}").fetchall()
        if kept is not None:
            query, answer = as_spelled(query, answer, kept)
        columns = columns_of(answer, name)
        wanted = columns.schema if kept is None else nested_as_spelled(columns.schema, kept)
        schema = publication.prepare(described(wanted, comments) if comments else wanted, removed, layout)
        options = f"format parquet, compression zstd, field_ids {field_ids(schema)}"
        selected = columns.select(query, schema)
        if layout and layout.partition_by:
            copied = copy_partitions(execute, publication, selected, schema, layout, options, store)
            return publication.commit(copied if staged_rows is None else staged_rows), copied
        if layout and layout.sort_by:
            selected = f"select * from (\n{selected}\n) {order_by(layout.sort_by)}"
        with (
            writing(store, publication.new_file(), lambda: publication.io) as path,
            fault_during("during-copy", name, lambda: "://" in path or Path(path).exists()),
        ):
            copied = execute(f"copy (\n{selected}\n) to {literal(path)} ({options})").fetchone()[0]
        return publication.commit(copied if staged_rows is None else staged_rows), copied
    except (duckdb.Error, DbtRuntimeError) as error:
        publication.abandon()
        if problem := storage_problem(error):
            raise problem from error
        raise
    except OverflowError as error:
        beyond = _beyond_years(execute, columns.select(query, schema), schema)
        publication.abandon()
        raise _out_of_range(name, beyond) from error
    except BaseException:
        publication.abandon()
        raise


def _kept(publication: Publication, layout: TableLayout | None) -> Schema | None:
    """The columns of a table whose files stay, as its model calls them."""
    version = publication.current
    return as_renamed(version, layout or TableLayout()).table.schema() if version is not None else None


def _beyond_years(execute: Execute, query: str, schema: Schema) -> list[str]:
    """The columns whose times are infinite or beyond the years that PyIceberg, like Python, knows."""
    columns = [field.name for field in schema.fields if isinstance(field.field_type, _TIMES)]
    tests = ", ".join(
        f"coalesce(bool_or(not isfinite({quote(each)}) or year({quote(each)}) not between 1 and 9999), false)"
        for each in columns
    )
    found = execute(f"select {tests} from (\n{query}\n)").fetchone() if columns else ()
    return [column for column, beyond in zip(columns, found, strict=True) if beyond]


def _out_of_range(name: str, columns: list[str]) -> FloeError:
    shown = ", ".join(columns) or "a nested column"
    problem = f"{name}: {shown} holds a time that is infinite or beyond the years 1 to 9999"
    casts = ", ".join(f"cast({quote(each)} as VARCHAR) as {quote(each)}" for each in columns)
    return FloeError(COLUMN_TYPE, problem, fix=f"write {casts or 'it as text'}, or leave such values out")
