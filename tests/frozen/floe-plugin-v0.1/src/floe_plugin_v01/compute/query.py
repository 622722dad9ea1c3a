"""One read-only SELECT over the catalog's tables; nothing else gets through."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

import duckdb
import pyarrow as pa
from floe_sdk import (
    DATA_FILE_MISSING,
    QUERY_FAILED,
    QUERY_REFUSED,
    TABLE_NOT_FOUND,
    FloeError,
    QueryRequest,
    QueryResult,
)
from pyiceberg.exceptions import NoSuchNamespaceError

BATCH_ROWS = 65_536


def answer(request: QueryRequest, settings: Mapping[str, Any]) -> QueryResult:
    """Check, offer the tables that the SELECT names, lock the rest of the world away, execute."""
    connection = duckdb.connect(config={**settings, "python_enable_replacements": False})
    try:
        _check(connection, request.sql)
        _offer_tables(connection, request)
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        reader = connection.execute(request.sql).to_arrow_reader(BATCH_ROWS)
        return QueryResult(pa.RecordBatchReader.from_batches(reader.schema, _batches(connection, reader)))
    except duckdb.PermissionException as error:
        connection.close()
        problem = f"the query reaches outside the catalog's tables: {error}"
        raise FloeError(QUERY_REFUSED, problem, fix=QUERY_REFUSED.remedy) from error
    except duckdb.Error as error:
        connection.close()
        raise FloeError(QUERY_FAILED, str(error), fix=QUERY_FAILED.remedy) from error
    except BaseException:
        connection.close()
        raise


def _check(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Before anything runs: one statement, and that a SELECT."""
    kinds = [statement.type for statement in connection.extract_statements(sql)]
    if kinds != [duckdb.StatementType.SELECT]:
        found = ", ".join(kind.name for kind in kinds) or "nothing"
        raise FloeError(QUERY_REFUSED, f"one SELECT is answered, and this is {found}", fix=QUERY_REFUSED.remedy)


def _offer_tables(connection: duckdb.DuckDBPyConnection, request: QueryRequest) -> None:
    """A view of each table that the query names; the rows come as Arrow from PyIceberg."""
    for namespace in request.namespaces:
        connection.execute(f"create schema if not exists {quoted(namespace)}")
    known = {namespace: _tables(request, namespace) for namespace in request.namespaces}
    for number, name in enumerate(sorted(connection.get_table_names(request.sql, qualified=True))):
        *schema, table = (part.strip('"') for part in name.split("."))
        spaces = schema or list(request.namespaces)
        known.update((space, _tables(request, space)) for space in spaces if space not in known)
        found = next(((space, known[space][table.lower()]) for space in spaces if table.lower() in known[space]), None)
        if found is None:
            raise _no_table(name, known)
        connection.register(f"__table_{number}", _rows(request, found))
        space, table = map(quoted, found)
        connection.execute(f"create schema if not exists {space}")
        connection.execute(f"create view {space}.{table} as select * from __table_{number}")
    if request.namespaces:
        path = ",".join(map(quoted, request.namespaces)).replace("'", "''")
        connection.execute(f"set search_path = '{path}'")


def _tables(request: QueryRequest, namespace: str) -> dict[str, str]:
    """The names of a namespace's tables, by lower case."""
    try:
        return {name[-1].lower(): name[-1] for name in request.catalog.list_tables(namespace)}
    except NoSuchNamespaceError:
        return {}


def _rows(request: QueryRequest, table: tuple[str, str]) -> pa.Table:
    try:
        return request.catalog.load_table(table).scan().to_arrow()
    except FileNotFoundError as error:
        problem = f"{'.'.join(table)}: a file of the table is gone ({error})"
        raise FloeError(DATA_FILE_MISSING, problem, fix=DATA_FILE_MISSING.remedy) from error


def _no_table(name: str, known: Mapping[str, Mapping[str, str]]) -> FloeError:
    names = [f"{space}.{table}" for space, tables in known.items() for table in tables.values()]
    near = difflib.get_close_matches(name, [*names, *(each.partition(".")[2] for each in names)], n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return FloeError(TABLE_NOT_FOUND, f"there is no table {name}", fix=f"{hint}`floe tables` lists what there is")


def _batches(connection: duckdb.DuckDBPyConnection, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    try:
        yield from reader
    except (duckdb.Error, OSError) as error:
        raise FloeError(QUERY_FAILED, str(error), fix=QUERY_FAILED.remedy) from error
    finally:
        connection.close()


def quoted(name: str) -> str:
    """A name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'
