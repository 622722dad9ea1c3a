"""Transactions whose cost does not multiply with a table's history.

PyIceberg (0.12) makes the metadata of a transaction, with a deep copy of all snapshots, each time that it is asked for
it: 28 times for a commit that replaces a table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyiceberg.table import Transaction  # noqa: TID253 - imported by who begins a transaction

if TYPE_CHECKING:
    from pyiceberg.table import Table
    from pyiceberg.table.metadata import TableMetadata
    from pyiceberg.table.update import TableUpdate


def begin(table: Table) -> Transaction:
    """`table.transaction()`, which makes its metadata once after each change."""
    return _Transaction(table)


class _Transaction(Transaction):
    _made: tuple[TableMetadata, tuple[TableUpdate, ...], TableMetadata] | None = None

    @property
    def table_metadata(self) -> TableMetadata:
        base, updates = self._table.metadata, self._updates
        if self._made is None or self._made[0] is not base or self._made[1] is not updates:
            self._made = base, updates, super().table_metadata
        return self._made[2]
