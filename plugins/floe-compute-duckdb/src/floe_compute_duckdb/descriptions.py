"""What `persist_docs` asks to keep beside the rows: comments, where other engines look for them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pyiceberg.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from floe_sdk import TableLayout

COMMENT = "comment"
"""The property of a table that Spark and Trino show as its comment."""


def with_comment(layout: TableLayout, node: Any) -> TableLayout:
    """The layout with the node's description as the table's comment, where it asks for that and has not set its own."""
    if not _asks(node, "relation") or not node.description:
        return layout
    return replace(layout, properties={COMMENT: node.description, **layout.properties})


def column_comments(node: Any) -> dict[str, str]:
    """The descriptions of the node's columns by name in lower case, where it asks for that."""
    if not _asks(node, "columns"):
        return {}
    return {column.name.lower(): column.description for column in node.columns.values() if column.description}


def described(schema: Schema, comments: Mapping[str, str]) -> Schema:
    """The schema with these comments."""
    fields = [each.model_copy(update={"doc": comments.get(each.name.lower())}) for each in schema.fields]
    return Schema(*fields, schema_id=schema.schema_id)


def _asks(node: Any, part: str) -> bool:
    wanted = node.config.get("persist_docs") if node is not None else None
    return bool((wanted or {}).get(part))
