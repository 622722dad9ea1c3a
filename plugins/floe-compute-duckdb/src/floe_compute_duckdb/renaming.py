"""A table whose model gives columns other names, before the commit that says so: the same files, called anew."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from floe_compute_duckdb.scan import NAME_MAPPING
from floe_sdk import renames

if TYPE_CHECKING:
    from floe_sdk import TableLayout, TableVersion


def as_renamed(version: TableVersion, layout: TableLayout) -> TableVersion:
    """The version as its model is about to call its columns; itself where nothing is to be renamed."""
    from pyiceberg.schema import Schema
    from pyiceberg.table import Table

    table = version.table
    metadata, schema = table.metadata, table.schema()
    new = renames(layout, [field.name for field in schema.fields])
    if not new or NAME_MAPPING in metadata.properties:  # such files are read by name: publishing refuses it
        return version
    fields = [field.model_copy(update={"name": new.get(field.name, field.name)}) for field in schema.fields]
    number = 1 + max(each.schema_id for each in metadata.schemas)
    renamed = Schema(*fields, schema_id=number, identifier_field_ids=schema.identifier_field_ids)
    update = {"schemas": [*metadata.schemas, renamed], "current_schema_id": number}
    copy = Table(table.name(), metadata.model_copy(update=update), table.metadata_location, table.io, table.catalog)
    return replace(version, table=copy)
