"""The SQL that reads an Iceberg table's files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pyiceberg.types import ListType, MapType, StructType

from floe_compute_duckdb.sql import literal, local_path, quote
from floe_compute_duckdb.types import duckdb_type
from floe_sdk import DATA_FILE_MISSING, FloeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyiceberg.manifest import DataFile
    from pyiceberg.schema import Schema
    from pyiceberg.types import IcebergType

    from floe_sdk import TableVersion

NAME_MAPPING = "schema.name-mapping.default"


def scan(version: TableVersion, files: Sequence[DataFile] | None = None, *, filename: bool = False) -> str:
    """A SELECT of the table's columns from `files` (default: all of its snapshot), optionally with `filename`.

    Files that were written under another schema are read by field id, as Iceberg does; those that somebody added
    without ids, by name. Raises FloeError for one that is gone, as far as that can be seen from here.
    """
    files = version.files if files is None else files
    _check_files(version, files)
    schema, metadata = version.table.schema(), version.table.metadata
    columns = ", ".join([quote(field.name) for field in schema.fields] + ["filename"] * filename)
    if not files:
        return f"select {columns} from ({_nulls(schema, filename)}) where false"
    paths = "[" + ", ".join(literal(local_path(file.file_path)) for file in files) + "]"
    options = "hive_partitioning=false" + ", filename=true" * filename
    if NAME_MAPPING in metadata.properties:
        names = ", ".join(literal(field.name) for field in schema.fields) + ", 'filename'" * filename
        read = f"select columns(lambda c: c in ({names})) from read_parquet({paths}, union_by_name=true, {options})"
        return f"select {columns} from ({_nulls(schema, filename)} limit 0) union all by name ({read})"
    if len(metadata.schemas) > 1:
        options = f"schema={_schema_map(schema)}, {options}"
    return f"select {columns} from read_parquet({paths}, {options})"


def _check_files(version: TableVersion, files: Sequence[DataFile]) -> None:
    paths = [local_path(file.file_path) for file in files]
    gone = [path for path in paths if path.startswith("/") and not Path(path).exists()]
    if gone:
        name = version.table.name()
        more = f" and {len(gone) - 1} more" if len(gone) > 1 else ""
        fix = f"restore it, or build the table again: floe run --full-refresh --select {name[-1]}"
        raise FloeError(DATA_FILE_MISSING, f"{'.'.join(name)}: its data file {gone[0]}{more} is gone", fix=fix)


def field_ids(schema: Schema) -> str:
    """The FIELD_IDS of a COPY, so that the file's columns are those of the schema whatever they are called later."""
    return (
        "{"
        + ", ".join(f"{literal(field.name)}: {_ids(field.field_id, field.field_type)}" for field in schema.fields)
        + "}"
    )


def _ids(field_id: int, kind: IcebergType) -> str:
    if isinstance(kind, StructType):
        inner = [(field.name, field.field_id, field.field_type) for field in kind.fields]
    elif isinstance(kind, ListType):
        inner = [("element", kind.element_id, kind.element_type)]
    elif isinstance(kind, MapType):
        inner = [("key", kind.key_id, kind.key_type), ("value", kind.value_id, kind.value_type)]
    else:
        return str(field_id)
    parts = ", ".join(f"{literal(name)}: {_ids(inner_id, inner_kind)}" for name, inner_id, inner_kind in inner)
    return f"{{'__duckdb_field_id': {field_id}, {parts}}}"


def _schema_map(schema: Schema) -> str:
    entries = []
    for field in schema.fields:
        kind = literal(duckdb_type(field.field_type))
        entries.append(f"{field.field_id}: {{name: {literal(field.name)}, type: {kind}, default_value: NULL}}")
    return "map{" + ", ".join(entries) + "}"


def _nulls(schema: Schema, filename: bool) -> str:
    nulls = [f"cast(null as {duckdb_type(field.field_type)}) as {quote(field.name)}" for field in schema.fields]
    return "select " + ", ".join(nulls + ["cast(null as varchar) as filename"] * filename)
