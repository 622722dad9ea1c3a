"""Vended credentials of a table that a run works on for longer than they last."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.storage import STORAGE_CREDENTIALS
from floe_sdk.runtime.storage.s3 import S3Options, expires_soon

if TYPE_CHECKING:
    from datetime import datetime

    from pyiceberg.catalog import Catalog
    from pyiceberg.io import FileIO
    from pyiceberg.table import Table, Transaction

_logger = logging.getLogger("floe.publishing")
_MARGIN = timedelta(minutes=30)
"""What one file, written or read whole, may take."""


def renew(transaction: Transaction, catalog: Catalog) -> None:
    """Give the transaction's table a FileIO whose credentials last, where those that it was loaded with end soon.

    The table itself stays as it was read: what was computed from it is committed against that. Raises FloeError when
    they have ended and the catalog gives no others.
    """
    table = transaction._table  # noqa: SLF001 - PyIceberg has no other way to it
    if not expires_soon(_end(table.io), _MARGIN):
        return
    reason = "the catalog handed out none that last longer"
    try:
        table.io = _loaded_again(table, catalog)
    except FloeError as error:
        reason = f"no others could be had: {error.problem}"
        _logger.warning("%s: credentials could not be renewed: %s", ".".join(table.name()), error.problem)
    late = ended(transaction, reason)
    if late is not None:
        raise late


def ended(transaction: Transaction, reason: str = "they were not renewed in time") -> FloeError | None:
    """The error to raise where the credentials of the transaction's table have ended: what a server says is less."""
    table = transaction._table  # noqa: SLF001 - as above
    end = _end(table.io)
    if end is None or not expires_soon(end, timedelta(0)):
        return None
    problem = f"{'.'.join(table.name())}: the credentials for its files ended at {end:%H:%M:%S} UTC, and {reason}"
    return FloeError(STORAGE_CREDENTIALS, problem, fix="run again when the catalog hands out credentials that last")


def _end(io: FileIO) -> datetime | None:
    return S3Options.of(io.properties).expires_at


def _loaded_again(table: Table, catalog: Catalog) -> FileIO:
    from pyiceberg.exceptions import NoSuchTableError

    name = table.name()
    try:
        return catalog.load_table(name).io
    except NoSuchTableError:  # it is about to be created
        again = catalog.create_table_transaction(name, table.schema(), location=table.location())
        return again._table.io  # noqa: SLF001
