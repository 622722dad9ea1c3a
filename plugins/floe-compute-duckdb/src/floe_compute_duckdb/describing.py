"""The columns of queries whose inputs hold no rows: an empty database of the same shape, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from floe_compute_duckdb.sql import literal, quote
from floe_compute_duckdb.types import columns_of, duckdb_type
from floe_sdk import FloeError

if TYPE_CHECKING:
    from pyiceberg.schema import Schema

    from floe_sdk import ColumnsRequest, Relation


def describe(request: ColumnsRequest, database: str) -> dict[str, Schema]:
    """The columns of each relation that has SQL, by its key; without those that can't be told from empty inputs."""
    found: dict[str, Schema] = {}
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach ':memory:' as {quote(database)}")
        connection.execute(f"use {quote(database)}")
        connection.execute(f"set file_search_path = {literal(str(request.project_root))}")
        for relation in request.relations:
            connection.execute(f"create schema if not exists {quote(relation.namespace)}")
            try:
                found.update(_make(connection, relation))
            except (duckdb.Error, FloeError, LookupError):
                continue  # a run says what is wrong with it; here it is only not known
    return found


def _make(connection: duckdb.DuckDBPyConnection, relation: Relation) -> dict[str, Schema]:
    name = f"{quote(relation.namespace)}.{quote(relation.name)}"
    if relation.sql is None:
        fields = relation.schema.fields if relation.schema else ()
        columns = ", ".join(f"{quote(field.name)} {duckdb_type(field.field_type)}" for field in fields)
        connection.execute(f"create table {name} ({columns})")
        return {}
    connection.execute(f"create view {name} as (\n{relation.sql}\n)")
    return {relation.key: columns_of(connection.execute(f"describe {name}").fetchall(), relation.key).schema}
