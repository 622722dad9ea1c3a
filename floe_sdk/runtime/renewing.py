"""Vended credentials of a table that a run works on for longer than they last."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from floe_sdk.runtime.s3 import S3Options, expires_soon

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Transaction

_MARGIN = timedelta(minutes=5)


def renew(transaction: Transaction, catalog: Catalog) -> None:
    """Give the transaction's table a FileIO whose credentials last, where those that it was loaded with end soon.

    The table itself stays as it was read: what was computed from it is committed against that.
    """
    from pyiceberg.exceptions import NoSuchTableError

    table = transaction._table  # noqa: SLF001 - PyIceberg has no other way to it
    if not expires_soon(S3Options.of(table.io.properties).expires_at, _MARGIN):
        return
    name = table.name()
    try:
        table.io = catalog.load_table(name).io
    except NoSuchTableError:  # it is about to be created
        again = catalog.create_table_transaction(name, table.schema(), location=table.location())
        table.io = again._table.io  # noqa: SLF001
