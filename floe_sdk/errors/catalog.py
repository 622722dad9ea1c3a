"""Codes of catalogs and of what is asked of them, FLOE-K0xx."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from floe_sdk.errors.base import FloeError, register

if TYPE_CHECKING:
    from pyiceberg.io import FileIO

CATALOG_UNREACHABLE = register(
    "FLOE-K001",
    "The catalog can't be reached",
    4,
    cause="The catalog's server or file did not answer, or refused the connection.",
    remedy="Check the catalog's `uri` in the manifest and that its server runs; `floe health` tries again.",
)
CATALOG_CORRUPT = register(
    "FLOE-K002",
    "The catalog's database is damaged",
    4,
    cause="The file is no SQLite database, or it was cut short.",
    remedy="Restore the file from a backup, or move it away: the next run makes a new, empty catalog.",
)
CATALOG_LOCKED = register(
    "FLOE-K003",
    "The catalog's database is locked",
    1,
    cause="Another process held the catalog's database for longer than the time that floe waits.",
    remedy="Wait until the other process is done, and run again.",
)
CATALOG_NOT_WRITABLE = register(
    "FLOE-K004",
    "The catalog can't be written",
    1,
    cause="The folder or the file of the embedded catalog is read-only or belongs to another user.",
    remedy="Make it writable, or set FLOE_STATE_DIR to a folder that is.",
)
CATALOG_CLIENT_MISSING = register(
    "FLOE-K005",
    "The Iceberg client is not installed",
    2,
    cause="The catalog is reached through PyIceberg, which is an optional dependency of floe-sdk.",
    remedy='pip install "floe-sdk[local]"',
)
TABLE_NOT_FOUND = register(
    "FLOE-K006",
    "There is no such table",
    2,
    cause="A query or a command names a table that the catalog does not have.",
    remedy="`floe tables` lists the tables; a table is there after the run that publishes it.",
)
DATA_FILE_MISSING = register(
    "FLOE-K007",
    "A data file of a table is gone",
    1,
    cause="The catalog lists a data file that storage no longer has: somebody deleted it behind the catalog.",
    remedy="Restore the file, or build the table again: `floe run --full-refresh --select TABLE`.",
)
QUERY_REFUSED = register(
    "FLOE-K008",
    "The statement is refused: floe query only reads",
    2,
    cause="`floe query` answers exactly one SELECT over the catalog's tables, and touches nothing else.",
    remedy="Ask with one SELECT; change data with a model and `floe run`.",
)
QUERY_FAILED = register(
    "FLOE-K009",
    "The query is wrong",
    2,
    cause="The compute could not understand or answer the query.",
    remedy="Correct the SQL; the compute's own message says where.",
)
OUTPUT_IS_TERMINAL = register(
    "FLOE-K010",
    "A binary format can't go to a terminal",
    2,
    cause="The formats arrow and parquet are not text.",
    remedy="Add --output FILE, or send the output to a file or a pipe.",
)
METADATA_MISSING = register(
    "FLOE-K011",
    "A metadata file of a table is gone",
    1,
    cause="The catalog lists a table whose Iceberg metadata is not in the storage: somebody deleted it behind the "
    "catalog, or the storage is not where it was, such as a disk that is not mounted.",
    remedy="See first that the storage is there as it was: `floe health`. Restore a file that is lost from a backup. "
    "Without one take the table out of the catalog with "
    "`pyiceberg --catalog floe --uri URI drop table NAMESPACE.TABLE`; the next run makes it anew.",
)
CATALOG_DENIED = register(
    "FLOE-K060",
    "The catalog's database refuses",
    4,
    cause="The database server of the catalog answers, and refuses: a wrong password, a user without the right, a "
    "database that is not there.",
    remedy="Do what the message says; it names the server and the database. `floe health` tries again.",
)
CATALOG_URI_WRONG = register(
    "FLOE-K061",
    "The catalog's `uri` can't be read",
    2,
    cause="The `uri` of the SQL catalog is no SQLAlchemy URL, or names a kind of database that SQLAlchemy does not "
    "know.",
    remedy="Write it as `postgresql://USER@HOST:PORT/DATABASE`, and give the password as `password: {env: NAME}`: "
    "within a URI, characters such as @ / # must be percent-encoded.",
)


METADATA_DAMAGED = register(
    "FLOE-K012",
    "A metadata file of a table can't be read",
    1,
    cause="The catalog lists a table of which an Iceberg metadata file is cut or holds something else: a disk that was "
    "full or lost what it had taken, or somebody who wrote into it.",
    remedy="Restore the file from a backup. Without one take the table out of the catalog with "
    "`pyiceberg --catalog floe --uri URI drop table NAMESPACE.TABLE`; the next run makes it anew.",
)
OF_ONE_TABLE = (METADATA_MISSING, METADATA_DAMAGED)
"""One table can't be read, and the catalog's others can."""

UNREADABLE = (ValueError, EOFError, LookupError, OverflowError, struct.error, zlib.error)
"""What PyIceberg raises of a metadata file that is cut or no such file."""


def metadata_damaged(table: str, error: Exception, file: str) -> FloeError:
    """A file of the metadata of `namespace.table`, or one that it names, is not what it should be."""
    reason = " ".join(str(error).partition("[type=")[0].split())[:120] or type(error).__name__
    fix = (
        f"restore it from a backup; without one, have the catalog forget the table, then run again: "
        f"pyiceberg --catalog floe --uri URI drop table {table}"
    )
    return FloeError(METADATA_DAMAGED, f"{table}: {file}, or a file that it names, can't be read: {reason}", fix=fix)


def metadata_missing(table: str, error: FileNotFoundError, io: FileIO | None = None, known: str = "") -> FloeError:
    """A file of the metadata of `namespace.table` is not there; the error names the file.

    `known` is what must be there if the storage is: the root, another file of the table. Only where `io` finds it is
    the file lost; a folder that is not mounted has no file either, and no table is to be dropped for that.
    """
    file = error.strerror or error
    if _is_there(io, known):
        fix = (
            f"restore it from a backup; without one, have the catalog forget the table, then run again: "
            f"pyiceberg --catalog floe --uri URI drop table {table}"
        )
        return FloeError(METADATA_MISSING, f"{table}: a file of its metadata is gone: {file}", fix=fix)
    nor = f", and neither is {known}" if known else ""
    return FloeError(
        METADATA_MISSING,
        f"{table}: a file of its metadata is not there{nor}: {file}",
        fix="see that the storage is where it was (mounted; the same folder or bucket), then try again; if the file "
        "alone is lost, restore it from a backup",
    )


def _is_there(io: FileIO | None, uri: str) -> bool:
    try:
        return bool(io is not None and uri and io.new_input(uri).exists())
    except Exception:  # noqa: BLE001 - a storage that does not answer has not said that anything is lost
        return False
