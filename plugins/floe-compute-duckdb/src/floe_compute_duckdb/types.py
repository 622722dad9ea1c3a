"""DuckDB's types and Iceberg's, in both directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyiceberg import types as iceberg
from pyiceberg.schema import Schema, assign_fresh_schema_ids

from floe_compute_duckdb.sql import quote
from floe_sdk import COLUMN_TYPE, FloeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb.sqltypes import DuckDBPyType
    from pyiceberg.types import IcebergType

_HELD: dict[str, tuple[IcebergType, str]] = {
    "boolean": (iceberg.BooleanType(), "BOOLEAN"),
    "tinyint": (iceberg.IntegerType(), "INTEGER"),
    "smallint": (iceberg.IntegerType(), "INTEGER"),
    "integer": (iceberg.IntegerType(), "INTEGER"),
    "bigint": (iceberg.LongType(), "BIGINT"),
    "utinyint": (iceberg.IntegerType(), "INTEGER"),
    "usmallint": (iceberg.IntegerType(), "INTEGER"),
    "uinteger": (iceberg.LongType(), "BIGINT"),
    "ubigint": (iceberg.DecimalType(20, 0), "DECIMAL(20,0)"),
    "hugeint": (iceberg.DecimalType(38, 0), "DECIMAL(38,0)"),
    "uhugeint": (iceberg.DecimalType(38, 0), "DECIMAL(38,0)"),
    "float": (iceberg.FloatType(), "FLOAT"),
    "double": (iceberg.DoubleType(), "DOUBLE"),
    "varchar": (iceberg.StringType(), "VARCHAR"),
    "enum": (iceberg.StringType(), "VARCHAR"),
    "blob": (iceberg.BinaryType(), "BLOB"),
    "uuid": (iceberg.UUIDType(), "UUID"),
    "date": (iceberg.DateType(), "DATE"),
    "time": (iceberg.TimeType(), "TIME"),
    "timestamp": (iceberg.TimestampType(), "TIMESTAMP"),
    "timestamp_s": (iceberg.TimestampType(), "TIMESTAMP"),
    "timestamp_ms": (iceberg.TimestampType(), "TIMESTAMP"),
    "timestamp_ns": (iceberg.TimestampType(), "TIMESTAMP"),
    "timestamp with time zone": (iceberg.TimestamptzType(), "TIMESTAMP WITH TIME ZONE"),
    "sqlnull": (iceberg.IntegerType(), "INTEGER"),  # as DuckDB does when it makes a table of one
}
"""What holds each type in Iceberg, and the DuckDB type to write it as."""

_SIMPLE = {"TIMESTAMP WITH TIME ZONE", *(name.upper() for name in _HELD if name not in ("enum", "sqlnull"))}
"""Names as DESCRIBE prints them that need no parsing."""

_INSTEAD = {"time with time zone": "TIME", "geometry": "BLOB", "variant": "JSON"}
"""The cast to propose for what Iceberg can't hold, where it isn't VARCHAR."""

_DUCKDB: dict[type[IcebergType], str] = {
    iceberg.BooleanType: "BOOLEAN",
    iceberg.IntegerType: "INTEGER",
    iceberg.LongType: "BIGINT",
    iceberg.FloatType: "FLOAT",
    iceberg.DoubleType: "DOUBLE",
    iceberg.StringType: "VARCHAR",
    iceberg.BinaryType: "BLOB",
    iceberg.FixedType: "BLOB",
    iceberg.UUIDType: "UUID",
    iceberg.DateType: "DATE",
    iceberg.TimeType: "TIME",
    iceberg.TimestampType: "TIMESTAMP",
    iceberg.TimestamptzType: "TIMESTAMP WITH TIME ZONE",
}


@dataclass(frozen=True)
class Columns:
    """What a query returns: the Iceberg schema that holds it, and the casts that it needs, by column."""

    schema: Schema
    casts: dict[str, str]

    def select(self, query: str, table: Schema | None = None) -> str:
        """The query with its casts; `table` is what it is written to, whose columns may be wider."""
        casts = dict(self.casts)
        if table is not None:
            held = {field.name: field.field_type for field in self.schema.fields}
            casts |= {
                field.name: duckdb_type(field.field_type)
                for field in table.fields
                if duckdb_type(field.field_type) != duckdb_type(held[field.name])
            }
        if not casts:
            return query
        replaced = ", ".join(f"cast({quote(name)} as {kind}) as {quote(name)}" for name, kind in casts.items())
        return f"select * replace ({replaced}) from (\n{query}\n)"


def columns_of(described: Sequence[tuple[Any, ...]], node: str) -> Columns:
    """From the rows of a DESCRIBE. Raises FloeError for types that Iceberg can't hold, all columns at once."""
    fields, casts, refused = [], {}, []
    for number, (name, kind, *_) in enumerate(described, 1):
        try:
            held, written = _held(kind)
        except LookupError as error:
            refused.append((name, kind, str(error.args[0])))
            continue
        fields.append(iceberg.NestedField(number, name, held, required=False))
        if written != kind:
            casts[name] = written
    if refused:
        problem = "; ".join(f"column {name} is {kind}" for name, kind, _ in refused)
        fix = ", ".join(f"cast({quote(name)} as {instead}) as {quote(name)}" for name, _, instead in refused)
        raise FloeError(COLUMN_TYPE, f"{node}: Iceberg can't hold its columns: {problem}", fix=f"write {fix}")
    return Columns(assign_fresh_schema_ids(Schema(*fields)), casts)


def duckdb_type(kind: IcebergType) -> str:
    """The DuckDB type that reads an Iceberg type."""
    if isinstance(kind, iceberg.DecimalType):
        return f"DECIMAL({kind.precision},{kind.scale})"
    if isinstance(kind, iceberg.StructType):
        return f"STRUCT({', '.join(f'{quote(field.name)} {duckdb_type(field.field_type)}' for field in kind.fields)})"
    if isinstance(kind, iceberg.ListType):
        return f"{duckdb_type(kind.element_type)}[]"
    if isinstance(kind, iceberg.MapType):
        return f"MAP({duckdb_type(kind.key_type)}, {duckdb_type(kind.value_type)})"
    return _DUCKDB[type(kind)]


def _held(kind: str) -> tuple[IcebergType, str]:
    if kind in _SIMPLE:
        return _HELD[kind.lower()]
    if kind == "JSON":
        return _HELD["varchar"]
    import duckdb

    try:
        parsed = duckdb.sqltype(kind)
    except duckdb.Error as error:  # such as a STRUCT whose fields have no names
        raise LookupError("VARCHAR") from error
    return _nested(parsed)


def _nested(kind: DuckDBPyType) -> tuple[IcebergType, str]:
    """Raises LookupError with the type to cast to. Field ids are placeholders: the schema's are assigned afterwards."""
    if kind.id in _HELD:
        return _HELD[kind.id]
    if kind.id == "decimal":
        (_, precision), (_, scale) = _children(kind)
        return iceberg.DecimalType(precision, scale), str(kind)
    if kind.id in ("list", "array"):
        element, written = _nested(_children(kind)[0][1])
        return iceberg.ListType(0, element, element_required=False), f"{written}[]"
    if kind.id == "map":
        (_, key), (_, value) = _children(kind)
        (key_type, key_written), (value_type, value_written) = _nested(key), _nested(value)
        held = iceberg.MapType(0, key_type, 0, value_type, value_required=False)
        return held, f"MAP({key_written}, {value_written})"
    if kind.id == "struct" and all(name for name, _ in _children(kind)):
        parts = [(name, *_nested(child)) for name, child in _children(kind)]
        fields = [iceberg.NestedField(0, name, held, required=False) for name, held, _ in parts]
        return iceberg.StructType(
            *fields
        ), f"STRUCT({', '.join(f'{quote(name)} {written}' for name, _, written in parts)})"
    raise LookupError(_INSTEAD.get(kind.id, "VARCHAR"))


def _children(kind: DuckDBPyType) -> list[tuple[str, Any]]:
    """The parts of a type: other types, and the numbers of a decimal."""
    return kind.children
