"""The database that a run leaves for people: views over the catalog's files, nothing else. It may be deleted."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from floe_compute_duckdb.object_store import ObjectStore
from floe_compute_duckdb.sql import literal, quote
from floe_sdk import COMPUTE_PATH, FloeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from floe_compute_duckdb.object_store import Way
    from floe_sdk import RunSession

_logger = logging.getLogger("floe.duckdb")
_SMALL = 16 * 1024 * 1024
_NAMES = "database_name = current_database() and not internal"


def put_in_place(
    session: RunSession, database: Path, path: Path, way: Way = "auto", reached: ObjectStore | None = None
) -> None:
    """Complete the run's database and move it to `path`, whole or not at all. `reached` is the run's own storage."""
    close_dbt()
    if not database.exists():
        return  # no node ran
    with duckdb.connect(str(database)) as connection, _reaching(connection, session, way, reached) as store:
        _tell_lost_tables(connection)
        try:
            _complete(connection, session, store)
        except FloeError as error:  # the run has its own result; what it made is there to open
            _logger.warning("the database of views lacks tables that this run left out: %s", error.problem)
    ready = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with writing_to(path):
        try:
            if path.stem == database.stem and database.stat().st_size < _SMALL:
                shutil.move(database, ready)
            else:
                _copy_views(database, ready, lambda target: _reaching(target, session, way, store))
            ready.replace(path)
        finally:
            ready.unlink(missing_ok=True)


def _reaching(
    connection: duckdb.DuckDBPyConnection, session: RunSession, way: Way, like: ObjectStore | None
) -> ObjectStore:
    """Storage that reaches what another one did: a view is bound to its files when it is made."""
    store = ObjectStore(lambda: connection, way, session.storage)
    try:
        store.reach_like(like)
    except FloeError as error:
        _logger.warning("the database of views may lack some: %s", error.problem)
    return store


@contextmanager
def writing_to(path: Path) -> Iterator[None]:
    """Make the folder of `path`; what can't be written there is FLOE-K032."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(path.parent, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        yield
    except (OSError, duckdb.IOException) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise FloeError(
            COMPUTE_PATH, f"the database of views can't be put at {path}: {reason}", fix=COMPUTE_PATH.remedy
        ) from error


def close_dbt() -> None:
    """Let go of the database that dbt's adapter holds open in this process, if it does."""
    connections = sys.modules.get("dbt.adapters.duckdb.connections")
    if connections is None:
        return
    manager = connections.DuckDBConnectionManager
    if manager._ENV is not None:  # noqa: SLF001 - there is no public way to ask
        manager._ENV.close()  # noqa: SLF001
    manager.close_all_connections()


def _tell_lost_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """What is no view was made by a hook or a macro; compiling refuses hooks that say so in their own text."""
    found = connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables() "
        f"where {_NAMES} and not temporary and not ends_with(table_name, '__floe_py') order by 1"
    ).fetchall()
    if found:
        names = ", ".join(row[0] for row in found)
        _logger.warning("%s: made by a hook, not published, and gone with the next run; make it a model", names)


def _complete(connection: duckdb.DuckDBPyConnection, session: RunSession, store: ObjectStore) -> None:
    """Add views for the tables that a selection left out."""
    schemas = connection.execute(f"select schema_name from duckdb_schemas() where {_NAMES}").fetchall()
    for (schema,) in schemas:
        names = connection.execute(
            f"select view_name from duckdb_views() where {_NAMES} and schema_name = {literal(schema)} union "
            f"select table_name from duckdb_tables() where {_NAMES} and schema_name = {literal(schema)}"
        ).fetchall()
        for name in sorted(set(session.publisher.tables(schema)) - {row[0] for row in names}):
            try:
                version = session.publisher.load(schema, name)
                if version is not None:
                    connection.execute(f"create view {quote(schema)}.{quote(name)} as {store.scan(version)}")
            except (FloeError, duckdb.Error) as error:  # a table that this run does not need must not fail it
                _logger.warning(
                    "%s.%s is left out of the database of views: %s", schema, name, getattr(error, "problem", error)
                )


def _copy_views(database: Path, ready: Path, reaching: Callable[[duckdb.DuckDBPyConnection], ObjectStore]) -> None:
    """The views alone, into a file of another name, or without the space that staged rows took.

    DuckDB names a database after its file, and a view's SQL holds the name of the database that it was made in. A view
    can be made only where what it reads is there, so that several rounds may be needed.
    """
    with duckdb.connect(str(database)) as source:
        found = source.execute(f"select schema_name, sql from duckdb_views() where {_NAMES}").fetchall()
    ready.unlink(missing_ok=True)
    with duckdb.connect(str(ready)) as target, reaching(target):
        (name,) = target.execute("select current_database()").fetchall()[0]
        for schema in {schema for schema, _ in found}:
            target.execute(f"create schema if not exists {quote(schema)}")
        create = f"CREATE VIEW {quote(name)}."
        waiting = [rename_database(sql, database.stem, name).replace("CREATE VIEW ", create, 1) for _, sql in found]
        while waiting:
            failed = [sql for sql in waiting if not _made(target, sql)]
            if len(failed) == len(waiting):
                return  # they read what is no view, such as a table of a hook
            waiting = failed


def _made(connection: duckdb.DuckDBPyConnection, sql: str) -> bool:
    try:
        connection.execute(sql)
    except duckdb.Error:
        return False
    return True


def rename_database(sql: str, old: str, new: str) -> str:
    """The SQL with the database `old` called `new` wherever it qualifies a name; strings stay as they are."""
    data = sql.encode()
    tokens = duckdb.tokenize(sql)
    ends = [start for start, _ in tokens[1:]] + [len(data)]
    parts = [data[: tokens[0][0]]]
    for (start, kind), end in zip(tokens, ends, strict=True):
        text = data[start:end]
        following = data[end : end + 1]
        if kind == duckdb.token_type.identifier and following == b"." and text in (old.encode(), quote(old).encode()):
            text = quote(new).encode()
        parts.append(text)
    return b"".join(parts).decode()
