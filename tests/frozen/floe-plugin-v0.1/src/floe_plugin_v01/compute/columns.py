"""The columns of queries that have not run: the engine describes them over tables without rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import duckdb
import pyarrow as pa
from floe_sdk import ColumnsRequest
from pyiceberg.io.pyarrow import pyarrow_to_schema, schema_to_pyarrow
from pyiceberg.schema import Schema
from pyiceberg.table.name_mapping import parse_mapping_from_json

from floe_plugin_v01.compute.query import quoted


def describe(request: ColumnsRequest, settings: Mapping[str, Any]) -> dict[str, Schema]:
    """By key; what the engine can't tell is left out, and so is what reads it."""
    found: dict[str, Schema] = {}
    with duckdb.connect(config={**settings, "python_enable_replacements": False}) as connection:
        for number, relation in enumerate(request.relations):
            name = f"{quoted(relation.namespace)}.{quoted(relation.name)}"
            sql = relation.sql
            if relation.schema is not None:
                connection.register(f"__relation_{number}", schema_to_pyarrow(relation.schema).empty_table())
                sql = f"select * from __relation_{number}"
            with suppress(duckdb.Error, ValueError, TypeError):
                connection.execute(f"create schema if not exists {quoted(relation.namespace)}")
                connection.execute(f"create view {name} as {sql}")
                found[relation.key] = _schema(connection.execute(f"select * from {name} limit 0").to_arrow_table())
    return found


def _schema(table: pa.Table) -> Schema:
    names = [{"field-id": number, "names": [name]} for number, name in enumerate(table.column_names, 1)]
    return pyarrow_to_schema(table.schema, parse_mapping_from_json(json.dumps(names)), downcast_ns_timestamp_to_us=True)
