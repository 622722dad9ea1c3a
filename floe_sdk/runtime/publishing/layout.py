"""A `TableLayout` as PyIceberg's partition spec and sort order, for a new table and for one that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from floe_sdk.errors import FloeError
from floe_sdk.errors.publish import LAYOUT
from floe_sdk.runtime.publishing.evolution import widens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyiceberg.manifest import DataFile
    from pyiceberg.partitioning import PartitionSpec
    from pyiceberg.schema import Schema
    from pyiceberg.table import Transaction
    from pyiceberg.table.metadata import TableMetadata
    from pyiceberg.table.sorting import SortOrder

    from floe_sdk.schemas.layout import PartitionBy, SortBy, TableLayout
    from floe_sdk.schemas.session import TableVersion


def new_table(layout: TableLayout, schema: Schema) -> dict[str, Any]:
    """The arguments of `create_table_transaction`. Raises FloeError for what the columns can't have."""
    return {
        "partition_spec": _spec(layout, schema),
        "sort_order": _order(layout, schema),
        "properties": dict(layout.properties),
    }


def lay_out_again(transaction: Transaction, layout: TableLayout) -> None:
    """Bring a table that is there to the layout: files that stay keep theirs, as Iceberg has it."""
    metadata = transaction.table_metadata
    schema = metadata.schema()
    if not _same_spec(metadata.spec(), _spec(layout, schema)):
        _clear_partitions(transaction)
        with transaction.update_spec() as update:
            for each in layout.partition_by:
                update.add_field(each.column, _transform(each), _field_name(each))
    if transaction.table_metadata.sort_order().fields != _order(layout, schema).fields:
        with transaction.update_sort_order() as order:
            for by in layout.sort_by:
                add = order.desc if by.descending else order.asc
                add(by.column, _transform(None), _nulls(by))
    changed = {key: value for key, value in layout.properties.items() if metadata.properties.get(key) != value}
    if changed:
        transaction.set_properties(changed)


def check_partition_columns(version: TableVersion, wanted: Schema, renamed: Mapping[str, str]) -> None:
    """Raise FloeError where the table would lose a column that its files are partitioned by; a renamed one stays.

    PyIceberg can't read the partitions of such files any more, not even to remove them.
    """
    metadata = version.table.metadata
    specs = metadata.specs()
    if not any(spec.fields for spec in specs.values()):
        return
    types = {field.name: field.field_type for field in wanted.fields}
    for number in {metadata.default_spec_id, *(file.spec_id for file in version.files)}:
        for source in specs[number].fields:
            column = metadata.schema().find_field(source.source_id)
            name = renamed.get(column.name, column.name)
            if name not in types or not widens(column.field_type, types[name]):
                table = ".".join(version.table.name())
                problem = f"{table} is partitioned by {column.name}, which would go or change its type"
                raise FloeError(LAYOUT, problem, fix="keep the column as it is, or give the model another alias")


def clear_layout(transaction: Transaction) -> None:
    """Partition and sort by nothing: before columns change, of which the old layout may name one."""
    _clear_partitions(transaction)
    if transaction.table_metadata.sort_order().fields:
        with transaction.update_sort_order():
            pass


def _clear_partitions(transaction: Transaction) -> None:
    fields = transaction.table_metadata.spec().fields
    if fields:
        with transaction.update_spec() as update:
            for field in fields:
                update.remove_field(field.name)


def without_partitions(metadata: TableMetadata) -> TableMetadata:
    """The metadata as if the table were not partitioned."""
    from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC as NONE

    if not metadata.spec().fields:
        return metadata
    return metadata.model_copy(update={"partition_specs": [NONE], "default_spec_id": NONE.spec_id})


def place(file: DataFile, metadata: TableMetadata, partition: tuple[Any, ...]) -> None:
    """Say of a new file which partition it holds and how it is sorted, as if it were read from a manifest."""
    from pyiceberg.typedef import Record

    fields = metadata.spec().fields
    if len(partition) != len(fields):
        raise ValueError(f"a file of a table with {len(fields)} partition fields has {len(partition)} values")
    file._data[3] = Record(*partition)  # noqa: SLF001 - there is no setter for it
    file._data[15] = metadata.default_sort_order_id  # noqa: SLF001
    file.spec_id = metadata.default_spec_id


def _spec(layout: TableLayout, schema: Schema) -> PartitionSpec:
    from pyiceberg.partitioning import PartitionField, PartitionSpec

    fields = []
    for number, each in enumerate(layout.partition_by):
        column, transform = _column(schema, each.column), _transform(each)
        if not transform.can_transform(column.field_type) or str(column.field_type) in ("float", "double"):
            raise FloeError(
                LAYOUT,
                f"partition_by: {each.transform} of {column.name} is not possible: it is {column.field_type}",
                fix=LAYOUT.remedy,
            )
        name = _field_name(each)
        fields.append(PartitionField(column.field_id, 1000 + number, transform, name))
    return PartitionSpec(*fields)


def _order(layout: TableLayout, schema: Schema) -> SortOrder:
    from pyiceberg.table.sorting import UNSORTED_SORT_ORDER, SortDirection, SortField, SortOrder

    fields = [
        SortField(
            source_id=_column(schema, by.column).field_id,
            transform=_transform(None),
            direction=SortDirection.DESC if by.descending else SortDirection.ASC,
            null_order=_nulls(by),
        )
        for by in layout.sort_by
    ]
    return SortOrder(*fields) if fields else UNSORTED_SORT_ORDER


def _column(schema: Schema, name: str) -> Any:
    from pyiceberg.types import PrimitiveType

    field = next((each for each in schema.fields if each.name == name), None)
    if field is None:
        raise FloeError(LAYOUT, f"the layout names the column {name}, which the table does not have", fix=LAYOUT.remedy)
    if not isinstance(field.field_type, PrimitiveType):
        raise FloeError(LAYOUT, f"the layout names the column {name}, which is {field.field_type}", fix=LAYOUT.remedy)
    return field


def _transform(by: PartitionBy | None) -> Any:
    from pyiceberg.transforms import IdentityTransform, TruncateTransform, parse_transform

    if by is None or by.transform == "identity":
        return IdentityTransform()
    return TruncateTransform(by.width or 1) if by.transform == "truncate" else parse_transform(by.transform)


def _field_name(by: PartitionBy) -> str:
    if by.transform == "identity":
        return by.column
    return f"{by.column}_trunc_{by.width}" if by.transform == "truncate" else f"{by.column}_{by.transform}"


def _nulls(by: SortBy) -> Any:
    from pyiceberg.table.sorting import NullOrder

    return NullOrder.NULLS_FIRST if by.nulls_first else NullOrder.NULLS_LAST


def _same_spec(current: PartitionSpec, wanted: PartitionSpec) -> bool:
    return [(field.source_id, field.transform) for field in current.fields] == [
        (field.source_id, field.transform) for field in wanted.fields
    ]
