"""Names that differ in case alone: one column to DuckDB, two to Iceberg."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from floe_compute_duckdb.sql import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyiceberg.schema import Schema


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
