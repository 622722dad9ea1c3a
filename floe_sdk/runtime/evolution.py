"""A table's next schema: columns matched by name, the ids of those that stay kept."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyiceberg.schema import Schema
    from pyiceberg.table import Transaction
    from pyiceberg.types import IcebergType


def same_columns(current: Schema, wanted: Schema) -> bool:
    """Whether both have the same columns in the same order, whatever their ids are."""
    return _plain(current) == _plain(wanted)


def evolve(transaction: Transaction, wanted: Schema, *, replace: bool) -> None:
    """Bring the table's schema to `wanted` within a transaction.

    With `replace` no row of the old columns stays, so that a column may take any type and place. Otherwise only what
    Iceberg can read from the old files is possible, and PyIceberg raises for the rest.
    """
    from pyiceberg.schema import Schema

    types = {field.name: field.field_type for field in wanted.fields}
    renewed = set()
    with transaction.update_schema() as update:
        for field in transaction.table_metadata.schema().fields:
            if field.name not in types:
                update.delete_column((field.name,))
            elif replace and not _widens(field.field_type, types[field.name]):
                update.delete_column((field.name,))
                update.add_column((field.name,), types[field.name])
                renewed.add(field.name)
        update.union_by_name(Schema(*[field for field in wanted.fields if field.name not in renewed]))
    if replace:
        _order(transaction, [field.name for field in wanted.fields])


def _order(transaction: Transaction, names: list[str]) -> None:
    """Put the columns in order; an update of its own, since one can't move a column that it deletes and adds."""
    if [field.name for field in transaction.table_metadata.schema().fields] == names:
        return
    with transaction.update_schema() as update:
        update.move_first((names[0],))
        for before, name in pairwise(names):
            update.move_after((name,), (before,))


def _widens(old: IcebergType, new: IcebergType) -> bool:
    from pyiceberg.exceptions import ResolveError
    from pyiceberg.schema import promote
    from pyiceberg.types import PrimitiveType

    if not isinstance(old, PrimitiveType) or not isinstance(new, PrimitiveType):
        return _plain_type(old) == _plain_type(new)
    try:
        return old == new or promote(old, new) == new
    except ResolveError:
        return False


def _plain(schema: Schema) -> list[tuple[str, IcebergType]]:
    from pyiceberg.schema import assign_fresh_schema_ids

    return [(field.name, field.field_type) for field in assign_fresh_schema_ids(schema).fields]


def _plain_type(kind: IcebergType) -> list[tuple[str, IcebergType]]:
    from pyiceberg.schema import Schema
    from pyiceberg.types import NestedField

    return _plain(Schema(NestedField(1, "x", kind, required=False)))
