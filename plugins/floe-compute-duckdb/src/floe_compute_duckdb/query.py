"""One read-only SELECT over the catalog's tables. Nothing else gets through, and only the tables' files can be read."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

import duckdb

from floe_compute_duckdb.explaining import storage_problem
from floe_compute_duckdb.object_store import ObjectStore
from floe_compute_duckdb.sql import literal, local_path, quote
from floe_compute_duckdb.statement import Statement, single_select
from floe_sdk import (
    QUERY_FAILED,
    QUERY_REFUSED,
    TABLE_NOT_FOUND,
    FloeError,
    QueryResult,
    TableVersion,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

    from floe_compute_duckdb.object_store import Way
    from floe_sdk import QueryRequest

_BATCH_ROWS = 65_536
_READS_CATALOG = ("information_schema", "duckdb_", "pragma_", "show ", "sqlite_master", "pg_catalog")


def answer(request: QueryRequest, options: Mapping[str, Any], way: Way = "auto") -> QueryResult:
    """Check, register views of the tables that the SELECT names, lock everything, execute.

    The order matters: the statement is parsed before anything runs, so that none is executed which is not a SELECT,
    and its tables are opened before the outside is locked away.
    """
    import pyarrow as pa

    connection = duckdb.connect(config={**options, "python_enable_replacements": False})
    store = ObjectStore(lambda: connection, way, request.storage)
    try:
        statement = single_select(connection, request.sql)
        tables = _Tables(request)
        versions = tables.named(statement)
        _register(connection, store, versions, tables.namespaces)
        _lock(connection, versions)
        reader = _execute(connection, statement.sql, tables)
        return QueryResult(pa.RecordBatchReader.from_batches(reader.schema, _batches(connection, store, reader)))
    except BaseException:
        store.close()
        connection.close()
        raise


class _Tables:
    """The catalog's tables that a query may name; loaded when it does."""

    def __init__(self, request: QueryRequest) -> None:
        self.catalog = request.catalog
        self.namespaces = tuple(request.namespaces)
        self._names: dict[str, dict[str, str]] = {}

    def named(self, statement: Statement) -> dict[tuple[str, str], TableVersion]:
        """The tables that the query names, or all of the namespaces where it asks what there is."""
        wanted = set()
        for schema, name in statement.tables:
            for namespace in (schema,) if schema else self.namespaces:
                if found := self._names_of(namespace).get(name.lower()):
                    wanted.add((namespace, found))
                    break
        if any(word in statement.sql.lower() for word in _READS_CATALOG):
            wanted |= {(space, name) for space in self.namespaces for name in self._names_of(space).values()}
        return {key: TableVersion(self.catalog.load_table(key)) for key in sorted(wanted)}

    def nearest(self, name: str) -> str | None:
        """The name of a table that is like `name`."""
        schema, _, table = name.rpartition(".")
        known = {
            candidate: f"{namespace}.{candidate}"
            for namespace in (schema,) * bool(schema) + self.namespaces
            for candidate in self._names_of(namespace).values()
        }
        close = difflib.get_close_matches(table, known, n=1, cutoff=0.5)
        return known[close[0]] if close else None

    def _names_of(self, namespace: str) -> dict[str, str]:
        from pyiceberg.exceptions import NoSuchNamespaceError

        if namespace not in self._names:
            try:
                tables = self.catalog.list_tables(namespace)
            except NoSuchNamespaceError:
                tables = []
            self._names[namespace] = {identifier[-1].lower(): identifier[-1] for identifier in tables}
        return self._names[namespace]


def _register(
    connection: duckdb.DuckDBPyConnection,
    store: ObjectStore,
    versions: Mapping[tuple[str, str], TableVersion],
    namespaces: tuple[str, ...],
) -> None:
    for (namespace, name), version in versions.items():
        connection.execute(f"create schema if not exists {quote(namespace)}")
        try:
            connection.execute(f"create view {quote(namespace)}.{quote(name)} as {store.scan(version)}")
        except duckdb.Error as error:
            raise storage_problem(error) or error from error
    for namespace in namespaces:
        connection.execute(f"create schema if not exists {quote(namespace)}")
    if namespaces:
        connection.execute(f"set search_path = {literal(','.join(quote(namespace) for namespace in namespaces))}")


def _lock(connection: duckdb.DuckDBPyConnection, versions: Mapping[tuple[str, str], TableVersion]) -> None:
    """Allow the exact files and nothing else of the outside. A folder would not do: COPY and ATTACH work inside one."""
    paths = sorted({local_path(file.file_path) for version in versions.values() for file in version.files})
    connection.execute(f"set allowed_paths = [{', '.join(map(literal, paths))}]")
    connection.execute("set autoinstall_known_extensions = false")
    connection.execute("set autoload_known_extensions = false")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")


def _execute(connection: duckdb.DuckDBPyConnection, sql: str, tables: _Tables) -> pa.RecordBatchReader:
    try:
        return connection.execute(sql).to_arrow_reader(_BATCH_ROWS)
    except duckdb.Error as error:
        raise _explained(error, tables) from error


def _batches(
    connection: duckdb.DuckDBPyConnection, store: ObjectStore, reader: pa.RecordBatchReader
) -> Iterator[pa.RecordBatch]:
    try:
        yield from reader
    except (duckdb.Error, OSError) as error:
        raise _explained(error, None) from error
    finally:
        store.close()
        connection.close()


def _explained(error: Exception, tables: _Tables | None) -> FloeError:
    text = str(error)
    if told := storage_problem(error):
        return told
    if isinstance(error, duckdb.PermissionException):
        problem = f"the query reaches outside the catalog's tables: {text.splitlines()[0]}"
        return FloeError(QUERY_REFUSED, problem, fix=QUERY_REFUSED.remedy)
    if (
        tables is not None
        and isinstance(error, duckdb.CatalogException)
        and text.startswith("Catalog Error: Table with name")
    ):
        name = text.split("Table with name ", 1)[1].split(" does not exist", maxsplit=1)[0]
        near = tables.nearest(name)
        hint = f"did you mean {near}? " if near else ""
        return FloeError(TABLE_NOT_FOUND, f"there is no table {name}", fix=f"{hint}`floe tables` lists what there is")
    return FloeError(QUERY_FAILED, text, fix=QUERY_FAILED.remedy)
