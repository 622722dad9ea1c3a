"""PyIceberg's SQL catalog whose errors are those of floe; imported when a catalog is connected."""

from __future__ import annotations

import functools
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from pyiceberg.catalog.sql import IcebergNamespaceProperties, IcebergTables, SqlCatalog  # noqa: TID253 - this module is the lazy import
from pyiceberg.exceptions import (  # noqa: TID253
    CommitFailedException,
    NamespaceAlreadyExistsError,
    TableAlreadyExistsError,
)
from pyiceberg.typedef import EMPTY_DICT, Identifier, Properties  # noqa: TID253
from sqlalchemy import create_engine, func, inspect, select  # noqa: TID253
from sqlalchemy.exc import DatabaseError, IntegrityError, SQLAlchemyError  # noqa: TID253

from floe_sdk import (
    CATALOG_CORRUPT,
    CATALOG_LOCKED,
    CATALOG_NOT_WRITABLE,
    CATALOG_UNREACHABLE,
    FloeError,
    fault,
    metadata_missing,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from pyiceberg.io import FileIO
    from pyiceberg.table import CommitTableResponse, Table
    from pyiceberg.table.metadata import TableMetadata
    from pyiceberg.table.update import TableRequirement, TableUpdate

_Function = TypeVar("_Function", bound="Callable[..., Any]")


def _translated(function: _Function) -> _Function:
    @functools.wraps(function)
    def call(self: _FloeSqlCatalog, *args: Any, **kwargs: Any) -> Any:
        try:
            return function(self, *args, **kwargs)
        except SQLAlchemyError as error:
            raise explain(error, self.where) from error

    return call  # type: ignore[return-value]  # the same signature


class _FloeSqlCatalog(SqlCatalog):
    """The SQL catalog; `where` is the file, or the URI without its password, for messages."""

    where: str

    namespace_exists = _translated(SqlCatalog.namespace_exists)
    list_namespaces = _translated(SqlCatalog.list_namespaces)
    load_namespace_properties = _translated(SqlCatalog.load_namespace_properties)
    update_namespace_properties = _translated(SqlCatalog.update_namespace_properties)
    drop_namespace = _translated(SqlCatalog.drop_namespace)
    list_tables = _translated(SqlCatalog.list_tables)
    create_table = _translated(SqlCatalog.create_table)
    register_table = _translated(SqlCatalog.register_table)
    rename_table = _translated(SqlCatalog.rename_table)
    drop_table = _translated(SqlCatalog.drop_table)

    def __init__(self, name: str, **properties: str) -> None:
        self._thread = threading.local()
        super().__init__(name, **properties)

    @_translated
    def commit_table(
        self, table: Table, requirements: tuple[TableRequirement, ...], updates: tuple[TableUpdate, ...]
    ) -> CommitTableResponse:
        self._thread.written = None
        try:
            return super().commit_table(table, requirements, updates)
        except (CommitFailedException, TableAlreadyExistsError):  # refused: nothing refers to what it wrote
            if self._thread.written is not None:
                io, path = self._thread.written
                with suppress(OSError):
                    io.delete(path)
            raise

    def _write_metadata(self, metadata: TableMetadata, io: FileIO, metadata_path: str) -> None:  # type: ignore[override]
        super()._write_metadata(metadata, io, metadata_path)
        self._thread.written = io, metadata_path
        fault("during-commit", metadata.location.replace("/", "."))

    @_translated
    def load_table(self, identifier: str | Identifier) -> Table:
        try:
            return super().load_table(identifier)
        except FileNotFoundError as error:
            raise metadata_missing(".".join(self.identifier_to_tuple(identifier)), error) from error

    @_translated
    def create_namespace(self, namespace: str | Identifier, properties: Properties = EMPTY_DICT) -> None:
        try:
            super().create_namespace(namespace, properties)
        except IntegrityError as error:  # another process made it between the look and the insert
            raise NamespaceAlreadyExistsError(f"Namespace {namespace} already exists") from error


def connect(name: str, uri: str, properties: Mapping[str, str], file: Path | None) -> SqlCatalog:
    """The catalog, its tables made; two processes may do that at once."""
    where = _where(uri, file)
    for attempt in (1, 2):
        try:
            catalog = _FloeSqlCatalog(name, uri=uri, **properties)
        except SQLAlchemyError as error:
            if attempt == 1 and "already exists" in str(error):
                continue  # another process made them between the look and the creation
            raise explain(error, where) from error
        except ImportError as error:
            problem = f"{where}: the database's driver is not installed ({error.name})"
            raise FloeError(CATALOG_UNREACHABLE, problem, fix=f"pip install {error.name}") from error
        catalog.where = where
        return catalog
    raise AssertionError


def provision(name: str, uri: str, file: Path | None, namespaces: Sequence[str], dry_run: bool) -> list[str]:
    """Make what is missing, or with `dry_run` only say it; a line for each change."""
    where = _where(uri, file)
    tables = {IcebergTables.__tablename__, IcebergNamespaceProperties.__tablename__}
    existing = set() if file is not None and not file.exists() else _database_tables(uri, where)
    changes = [f"create the table {table} in {where}" for table in sorted(tables - existing)]
    if changes and dry_run:
        return changes + [f"create the namespace {namespace}" for namespace in namespaces]
    catalog = connect(name, uri, {}, file)
    try:
        for namespace in namespaces:
            if not catalog.namespace_exists(namespace):
                changes.append(f"create the namespace {namespace}")
                if not dry_run:
                    with suppress(NamespaceAlreadyExistsError):
                        catalog.create_namespace(namespace)
    finally:
        catalog.close()
    return changes


def _database_tables(uri: str, where: str) -> set[str]:
    try:
        engine = create_engine(uri)
        try:
            return set(inspect(engine).get_table_names())
        finally:
            engine.dispose()
    except SQLAlchemyError as error:
        raise explain(error, where) from error


def count_tables(name: str, uri: str, file: Path | None) -> int:
    """Ask the database how many tables the catalog lists."""
    engine = create_engine(uri)
    try:
        with engine.connect() as connection:
            query = select(func.count()).select_from(IcebergTables).where(IcebergTables.catalog_name == name)
            return int(connection.execute(query).scalar_one())
    except SQLAlchemyError as error:
        raise explain(error, _where(uri, file)) from error
    finally:
        engine.dispose()


def explain(error: SQLAlchemyError, where: str) -> FloeError:
    """The error of floe for one of the database; the URI's password is never part of it."""
    reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    text = reason.lower()
    if "locked" in text:
        code = CATALOG_LOCKED
    elif "readonly" in text or "read-only" in text or "unable to open" in text:
        code = CATALOG_NOT_WRITABLE
    elif isinstance(error, DatabaseError) and ("not a database" in text or "malformed" in text):
        code = CATALOG_CORRUPT
    else:
        code = CATALOG_UNREACHABLE
    return FloeError(code, f"the catalog {where}: {reason}", fix=code.remedy)


def _where(uri: str, file: Path | None) -> str:
    if file is not None:
        return str(file)
    from sqlalchemy.engine import make_url

    url = make_url(uri)
    return f"{url.drivername} at {url.host or 'localhost'}{f':{url.port}' if url.port else ''}/{url.database or ''}"
