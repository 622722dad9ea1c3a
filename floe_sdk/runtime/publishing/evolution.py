"""A table's next schema: columns matched by name, the ids of those that stay kept."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyiceberg.schema import Schema
    from pyiceberg.table import Transaction
    from pyiceberg.types import IcebergType


def same_columns(current: Schema, wanted: Schema) -> bool:
    """Whether both have the same columns in the same order, whatever their ids are."""
    return _plain(current) == _plain(wanted)


def evolve(transaction: Transaction, wanted: Schema, *, replace: bool) -> None:
    """Bring the table's schema to `wanted` within a transaction.

    With `replace` no row of the old columns stays, so that a column may take any type and place. Otherwise a column may
    be new, gone, or wider than it was; a narrower one is written as what the table has. Raises ValueError, all columns
    at once, for what files that stay can't follow.
    """
    from pyiceberg.schema import Schema

    types = {field.name: field.field_type for field in wanted.fields}
    if not replace:
        _check_types(transaction.table_metadata.schema(), types)
    renewed = set()
    with transaction.update_schema() as update:
        for field in transaction.table_metadata.schema().fields:
            if field.name not in types:
                update.delete_column((field.name,))
            elif replace and not widens(field.field_type, types[field.name]):
                update.delete_column((field.name,))
                update.add_column((field.name,), types[field.name])
                renewed.add(field.name)
        update.union_by_name(Schema(*[field for field in wanted.fields if field.name not in renewed]))
    if replace:
        _order(transaction, [field.name for field in wanted.fields])


def rename(transaction: Transaction, renamed: Mapping[str, str], *, replace: bool) -> None:
    """Give columns other names; their ids, and so their rows, stay.

    Raises ValueError where files stay that have no ids, but names.
    """
    if renamed and not replace and "schema.name-mapping.default" in transaction.table_metadata.properties:
        shown = ", ".join(f"{old} to {new}" for old, new in renamed.items())
        message = f"{shown} can't be renamed: files of the table that somebody added have names and no field ids"
        raise ValueError(message)
    if renamed:
        with transaction.update_schema() as update:
            for old, new in renamed.items():
                update.rename_column(old, new)


def comment(transaction: Transaction, wanted: Schema) -> None:
    """Take over what is said of columns in `wanted`; what is not said stays as it is."""
    said = {field.name: field.doc for field in wanted.fields if field.doc}
    fields = transaction.table_metadata.schema().fields
    changed = {each.name: said[each.name] for each in fields if said.get(each.name, each.doc) != each.doc}
    if changed:
        with transaction.update_schema() as update:
            for name, doc in changed.items():
                update.update_column((name,), doc=doc)


def _order(transaction: Transaction, names: list[str]) -> None:
    """Put the columns in order; an update of its own, since one can't move a column that it deletes and adds."""
    if [field.name for field in transaction.table_metadata.schema().fields] == names:
        return
    with transaction.update_schema() as update:
        update.move_first((names[0],))
        for before, name in pairwise(names):
            update.move_after((name,), (before,))


def _check_types(current: Schema, types: dict[str, IcebergType]) -> None:
    problems = [
        f"column {field.name} is {field.field_type} in the table and would be {types[field.name]}"
        for field in current.fields
        if field.name in types and not _meets(field.field_type, types[field.name])
    ]
    if problems:
        raise ValueError("; ".join(problems))


def _meets(old: IcebergType, new: IcebergType) -> bool:
    """Whether one of both holds every value of the other, part by part."""
    from pyiceberg.types import ListType, MapType, StructType

    if isinstance(old, StructType) and isinstance(new, StructType):
        parts = {field.name: field.field_type for field in old.fields}
        return all(_meets(parts[each.name], each.field_type) for each in new.fields if each.name in parts)
    if isinstance(old, ListType) and isinstance(new, ListType):
        return _meets(old.element_type, new.element_type)
    if isinstance(old, MapType) and isinstance(new, MapType):
        return _plain_type(old.key_type) == _plain_type(new.key_type) and _meets(old.value_type, new.value_type)
    return widens(old, new) or widens(new, old)


def widens(old: IcebergType, new: IcebergType) -> bool:
    """Whether Iceberg lets a column of type `old` become `new`, ids kept."""
    from pyiceberg.types import DecimalType, DoubleType, FloatType, IntegerType, LongType, PrimitiveType

    if not isinstance(old, PrimitiveType) or not isinstance(new, PrimitiveType):
        return _plain_type(old) == _plain_type(new)
    if isinstance(old, DecimalType) and isinstance(new, DecimalType):
        return old.scale == new.scale and old.precision <= new.precision
    wider = {IntegerType: LongType, FloatType: DoubleType}  # PyIceberg's promote also turns text into bytes
    return old == new or isinstance(new, wider.get(type(old), ()))


def _plain(schema: Schema) -> list[tuple[str, IcebergType]]:
    from pyiceberg.schema import assign_fresh_schema_ids

    return [(field.name, field.field_type) for field in assign_fresh_schema_ids(schema).fields]


def _plain_type(kind: IcebergType) -> list[tuple[str, IcebergType]]:
    from pyiceberg.schema import Schema
    from pyiceberg.types import NestedField

    return _plain(Schema(NestedField(1, "x", kind, required=False)))
