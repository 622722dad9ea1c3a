"""A node's rows, staged in DuckDB under the name of `this`, so that dbt's own SQL and hooks work on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from floe_compute_duckdb.sql import local_path, quote
from floe_compute_duckdb.types import duckdb_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyiceberg.manifest import DataFile

    from floe_compute_duckdb.object_store import ObjectStore
    from floe_compute_duckdb.writing import Execute
    from floe_sdk import Publication, TableVersion


@dataclass
class Staging:
    """One node's staging table. `removed` are the data files whose rows it holds: None is all of them.

    `publication` begins when the rows are read, so that a commit by anybody else in between is noticed.
    """

    relation: Any
    node_id: str
    publication: Publication | None = None
    removed: Sequence[DataFile] | None = None
    added_columns: list[Any] = field(default_factory=list)


def touched_files(execute: Execute, store: ObjectStore, version: TableVersion, condition: str) -> list[DataFile]:
    """The data files that hold a row for which `condition` is true."""
    if not version.files:
        return []
    query = f"select distinct filename from ({store.scan(version, filename=True)}) where {condition}"
    names = {row[0] for row in execute(query).fetchall()}
    return [file for file in version.files if local_path(file.file_path) in names]


def key_condition(keys: str | Sequence[str], source: str) -> str:
    """Whether a row's key is among those of `source`."""
    columns = keys if isinstance(keys, str) else ", ".join(keys)
    selected = columns if isinstance(keys, str) or len(keys) == 1 else f"({columns})"
    return f"({columns}) in (select {selected} from {source})"


def fill(
    execute: Execute,
    store: ObjectStore,
    relation: str,
    version: TableVersion,
    files: Sequence[DataFile],
    ddl: str | None = None,
) -> None:
    """Make the staging table and put the rows of `files` into it; `ddl` brings a contract's columns and constraints."""
    # Never a CTAS without rows that is filled afterwards: DuckDB 2.0.0 lost rows so.
    columns = ", ".join(f"{quote(each.name)} {duckdb_type(each.field_type)}" for each in version.table.schema().fields)
    execute(f"create table {relation} {ddl or f'({columns})'}")
    if files:
        execute(f"insert into {relation} by name {store.scan(version, files)}")
