"""Names that differ in case alone: one column to DuckDB, two to Iceberg."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyiceberg.schema import Schema
from pyiceberg.types import ListType, MapType, StructType

from floe_compute_duckdb.sql import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyiceberg.types import IcebergType


def as_spelled(query: str, described: Sequence[tuple[Any, ...]], table: Schema) -> tuple[str, list[tuple[Any, ...]]]:
    """The query and its DESCRIBE with the columns called as the table, whose files stay, has them.

    A column of another spelling would otherwise be a new one, and the rows of the old one would be lost.
    """
    names = {name for name, *_ in described}
    held = {field.name.lower(): field.name for field in table.fields}
    spelled = {name: held.get(name.lower(), name) for name in names}
    changed = {name: new for name, new in spelled.items() if new != name and new not in names}
    if not changed:
        return query, list(described)
    columns = ", ".join(f"{quote(name)} as {quote(changed.get(name, name))}" for name, *_ in described)
    return f"select {columns} from (\n{query}\n)", [(changed.get(name, name), *rest) for name, *rest in described]


def nested_as_spelled(schema: Schema, table: Schema) -> Schema:
    """The schema, whose columns are called as the table's, with the fields within them called so, too."""
    held = {field.name: field.field_type for field in table.fields}
    fields = [
        each.model_copy(update={"field_type": _as_spelled(each.field_type, held[each.name])})
        if each.name in held
        else each
        for each in schema.fields
    ]
    return Schema(*fields, schema_id=schema.schema_id)


def _as_spelled(kind: IcebergType, held: IcebergType) -> IcebergType:
    if isinstance(kind, StructType) and isinstance(held, StructType):
        names = {field.name.lower(): field for field in held.fields}
        fields = []
        for field in kind.fields:
            there = names.get(field.name.lower(), field)
            update = {"name": there.name, "field_type": _as_spelled(field.field_type, there.field_type)}
            fields.append(field.model_copy(update=update))
        return StructType(*fields)
    if isinstance(kind, ListType) and isinstance(held, ListType):
        return kind.model_copy(update={"element_type": _as_spelled(kind.element_type, held.element_type)})
    if isinstance(kind, MapType) and isinstance(held, MapType):
        return kind.model_copy(update={"value_type": _as_spelled(kind.value_type, held.value_type)})
    return kind
