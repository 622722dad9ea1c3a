"""PyIceberg's SQL catalog whose errors are those of floe; imported when a catalog is connected."""

from __future__ import annotations

import functools
import threading
from contextlib import suppress
from itertools import accumulate
from typing import TYPE_CHECKING, Any, TypeVar

from pyiceberg.catalog.sql import IcebergNamespaceProperties, IcebergTables, SqlCatalog  # noqa: TID253 - this module is the lazy import
from pyiceberg.exceptions import (  # noqa: TID253
    CommitFailedException,
    NamespaceAlreadyExistsError,
    TableAlreadyExistsError,
    ValidationError,
)
from pyiceberg.io.pyarrow import PyArrowFileIO  # noqa: TID253
from pyiceberg.serializers import FromInputFile  # noqa: TID253
from pyiceberg.table import Table  # noqa: TID253
from pyiceberg.typedef import EMPTY_DICT, Identifier, Properties  # noqa: TID253
from sqlalchemy import create_engine, func, inspect, select  # noqa: TID253
from sqlalchemy.exc import DBAPIError, IntegrityError, NoSuchModuleError, SQLAlchemyError  # noqa: TID253

from floe_sdk import (
    CATALOG_UNREACHABLE,
    CATALOG_URI_WRONG,
    UNREADABLE,
    DurableFileIO,
    FloeError,
    fault,
    metadata_damaged,
    metadata_missing,
)
from floe_sdk.builtin.catalog_sql_deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyiceberg.io import FileIO
    from pyiceberg.table import CommitTableResponse
    from pyiceberg.table.metadata import TableMetadata
    from pyiceberg.table.update import TableRequirement, TableUpdate
    from sqlalchemy import Engine

    from floe_sdk.builtin.catalog_sql_address import Address

CONNECT_ATTEMPTS = 5
_ROLLED_BACK = ("40001", "40P01")
"""PostgreSQL's states of a transaction that it has undone for another's sake: not serializable, deadlock."""

_Function = TypeVar("_Function", bound="Callable[..., Any]")
_Answer = TypeVar("_Answer")


def _translated(function: _Function) -> _Function:
    @functools.wraps(function)
    def call(self: _FloeSqlCatalog, *args: Any, **kwargs: Any) -> Any:
        try:
            return function(self, *args, **kwargs)
        except SQLAlchemyError as error:
            raise self.explained(error) from error

    return call  # type: ignore[return-value]  # the same signature


class _FloeSqlCatalog(SqlCatalog):
    """The SQL catalog at an address."""

    address: Address
    deadline: Deadline | None = None

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

    def __init__(self, name: str, address: Address, **properties: str) -> None:
        self.address = address
        self._thread = threading.local()
        try:
            super().__init__(name, **properties)
        except BaseException:
            if engine := getattr(self, "engine", None):  # it has connections before the catalog is there
                engine.dispose()
            raise

    def explained(self, error: SQLAlchemyError) -> FloeError:
        """The error of floe for one of the database."""
        return _explained(error, self.address, self.deadline)

    def _init_catalog(self) -> None:
        if self.address.file is None:
            self.deadline = Deadline(self.engine, self.address.answer_seconds)
        super()._init_catalog()

    @_translated
    def commit_table(
        self, table: Table, requirements: tuple[TableRequirement, ...], updates: tuple[TableUpdate, ...]
    ) -> CommitTableResponse:
        self._thread.written = None
        try:
            return self._committed(table, requirements, updates)
        except (CommitFailedException, TableAlreadyExistsError):  # refused: nothing refers to what it wrote
            if self._thread.written is not None:
                io, path = self._thread.written
                with suppress(FloeError, OSError):
                    io.delete(path)
            raise

    def _committed(
        self, table: Table, requirements: tuple[TableRequirement, ...], updates: tuple[TableUpdate, ...]
    ) -> CommitTableResponse:
        try:
            return super().commit_table(table, requirements, updates)
        except DBAPIError as error:
            state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
            if state in _ROLLED_BACK:  # the server has undone it: somebody else was faster
                raise CommitFailedException(f"the database says: {str(error.orig).splitlines()[0]}") from error
            raise

    def _load_file_io(self, properties: Properties = EMPTY_DICT, location: str | None = None) -> FileIO:
        return _durable(super()._load_file_io(properties, location))

    def _write_metadata(self, metadata: TableMetadata, io: FileIO, metadata_path: str) -> None:  # type: ignore[override]
        super()._write_metadata(_in_order(metadata), _durable(io), metadata_path)
        self._thread.written = io, metadata_path
        fault("during-commit", metadata.location.replace("/", "."))

    @_translated
    def load_table(self, identifier: str | Identifier) -> Table:
        try:
            return super().load_table(identifier)
        except FileNotFoundError as error:
            name, root = ".".join(self.identifier_to_tuple(identifier)), self.properties.get("warehouse", "")
            raise metadata_missing(name, error, self._load_file_io(location=root), root) from error
        except (*UNREADABLE, ValidationError) as error:
            name = ".".join(self.identifier_to_tuple(identifier))
            raise metadata_damaged(name, error, self._metadata_location(identifier)) from error

    def _metadata_location(self, identifier: str | Identifier) -> str:
        namespace, table = ".".join(self.namespace_from(identifier)), self.table_name_from(identifier)
        query = select(IcebergTables.metadata_location).filter_by(
            catalog_name=self.name, table_namespace=namespace, table_name=table
        )
        with self.engine.connect() as connection:
            return str(connection.execute(query).scalar())

    def _convert_orm_to_iceberg(self, orm_table: IcebergTables) -> Table:
        """As PyIceberg's, but for the FileIO: it makes one past `_load_file_io` to read the metadata with."""
        location = orm_table.metadata_location
        if not location:
            return super()._convert_orm_to_iceberg(orm_table)
        metadata = FromInputFile.table_metadata(self._load_file_io(location=location).new_input(location))
        name = *self.identifier_to_tuple(orm_table.table_namespace), orm_table.table_name
        return Table(name, metadata, location, self._load_file_io(metadata.properties, location), self)

    @_translated
    def create_namespace(self, namespace: str | Identifier, properties: Properties = EMPTY_DICT) -> None:
        try:
            super().create_namespace(namespace, properties)
        except IntegrityError as error:  # another process made it between the look and the insert
            raise NamespaceAlreadyExistsError(f"Namespace {namespace} already exists") from error


def _in_order(metadata: TableMetadata) -> TableMetadata:
    """The metadata, whose logs do not go back in time though a clock did, or another machine's is ahead.

    Iceberg's Java library refuses to read a table of which they do; PyIceberg writes what the clock says.
    """
    latest = {}
    for name in ("snapshot_log", "metadata_log"):
        log = getattr(metadata, name)
        times = accumulate((each.timestamp_ms for each in log), max)
        latest[name] = [
            each if each.timestamp_ms == time else each.model_copy(update={"timestamp_ms": time})
            for each, time in zip(log, times, strict=True)
        ]
    last = max([metadata.last_updated_ms, *(log[-1].timestamp_ms for log in latest.values() if log)])
    return metadata.model_copy(update={**latest, "last_updated_ms": last})


def _durable(io: FileIO) -> FileIO:
    """What the database will refer to must be on the disk before; a FileIO that somebody chose knows what it does."""
    return DurableFileIO(io.properties) if type(io) is PyArrowFileIO else io


def connect(name: str, address: Address, properties: Mapping[str, str]) -> SqlCatalog:
    """The catalog, its tables made; several processes may do that at once."""
    uri = address.url.render_as_string(hide_password=False)
    for attempt in range(1, CONNECT_ATTEMPTS + 1):
        try:
            return _FloeSqlCatalog(name, address, uri=uri, **properties)
        except SQLAlchemyError as error:
            if attempt < CONNECT_ATTEMPTS and "already exists" in str(error):
                continue  # another process made them between the look and the creation
            raise _explained(error, address) from error
        except ImportError as error:
            raise address.without_driver(error) from error
    raise AssertionError


def provision(name: str, address: Address, namespaces: Sequence[str], dry_run: bool) -> list[str]:
    """Make what is missing, or with `dry_run` only say it; a line for each change."""
    tables = {IcebergTables.__tablename__, IcebergNamespaceProperties.__tablename__}
    new = address.file is not None and not address.file.exists()
    existing = set() if new else _ask(address, lambda engine: set(inspect(engine).get_table_names()))
    changes = [f"create the table {table} in {address.where}" for table in sorted(tables - existing)]
    if changes and dry_run:
        return changes + [f"create the namespace {namespace}" for namespace in namespaces]
    catalog = connect(name, address, {})
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


def count_tables(name: str, address: Address) -> int | None:
    """Ask the database how many tables the catalog lists; None where it has no catalog yet."""

    def count(engine: Engine) -> int | None:
        if not inspect(engine).has_table(IcebergTables.__tablename__):
            return None
        with engine.connect() as connection:
            query = select(func.count()).select_from(IcebergTables).where(IcebergTables.catalog_name == name)
            return int(connection.execute(query).scalar_one())

    return _ask(address, count)


def _ask(address: Address, question: Callable[[Engine], _Answer]) -> _Answer:
    deadline = None
    try:
        engine = create_engine(address.url)
        if address.file is None:
            deadline = Deadline(engine, address.answer_seconds)
        try:
            return question(engine)
        finally:
            engine.dispose()
    except SQLAlchemyError as error:
        raise _explained(error, address, deadline) from error
    except ImportError as error:
        raise address.without_driver(error) from error


def _explained(error: SQLAlchemyError, address: Address, deadline: Deadline | None = None) -> FloeError:
    if deadline is not None and deadline.passed():
        problem = f"the catalog {address.where}: the server did not answer within {deadline.seconds:g} s"
        return FloeError(CATALOG_UNREACHABLE, problem, fix=CATALOG_UNREACHABLE.remedy)
    if isinstance(error, NoSuchModuleError):
        problem = f"the catalog's `uri` names a database that SQLAlchemy does not know: {error}"
        return FloeError(CATALOG_URI_WRONG, problem, fix=CATALOG_URI_WRONG.remedy)
    return address.explain(error)
