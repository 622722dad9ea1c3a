"""One query becomes one Parquet file in a table's location and one snapshot in the catalog."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from floe_compute_duckdb.scan import field_ids
from floe_compute_duckdb.sql import literal, local_path
from floe_compute_duckdb.types import columns_of
from floe_sdk import fault_during

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyiceberg.manifest import DataFile

    from floe_sdk import Publication, TableVersion

Execute = Callable[[str], Any]
"""Runs SQL on a DuckDB connection and returns the cursor."""


def publish(
    execute: Execute,
    publication: Publication,
    query: str,
    *,
    removed: Sequence[DataFile] | None,
    staged_rows: int | None = None,
    name: str = "the query",
) -> tuple[TableVersion, int]:
    """Write what `query` returns and commit it; returns the table's version and the rows that were written.

    `removed` None replaces the table. `staged_rows` is what the compute counted before COPY, where it staged the rows:
    the commit is refused when the file holds another number. Whatever goes wrong leaves no snapshot and no file.
    """
    try:
        columns = columns_of(execute(f"describe {query}").fetchall(), name)
        schema = publication.prepare(columns.schema, removed)
        path = local_path(publication.new_file())
        options = f"format parquet, compression zstd, field_ids {field_ids(schema)}"
        with fault_during("during-copy", name, lambda: Path(path).exists()):
            copied = execute(f"copy (\n{columns.select(query)}\n) to {literal(path)} ({options})").fetchone()[0]
        return publication.commit(copied if staged_rows is None else staged_rows), copied
    except BaseException:
        publication.abandon()
        raise
