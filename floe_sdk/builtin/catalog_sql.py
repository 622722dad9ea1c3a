"""The embedded catalog: Iceberg tables listed in a SQL database, SQLite unless `uri` names another."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from floe_sdk import (
    CATALOG_CLIENT_MISSING,
    CATALOG_NOT_WRITABLE,
    CatalogAccess,
    FloeError,
    Health,
    PluginConfig,
    PluginContext,
    Secret,
    StorageAccess,
    hookimpl,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from pyiceberg.catalog import Catalog

CATALOG_NAME = "floe"
"""The name under which tables are listed in the database: other Iceberg clients give it, too."""

SQLITE_WAIT_SECONDS = 30
_SQLITE = "sqlite:///"


class SqlCatalogConfig(PluginConfig):
    """Where the catalog's database is."""

    uri: Secret | str | None = Field(
        default=None,
        description="SQLAlchemy URI; a secret reference where it holds a password. Default: SQLite, `catalog.db` in "
        "the platform's state folder. A relative SQLite path is taken from the manifest's folder.",
    )
    namespace: str = Field(
        default="{product_slug}",
        min_length=1,
        description="Namespace of a product's tables; {product_slug}, {product} and {environment} are expanded.",
    )
    warehouse: str | None = Field(
        default=None, description="Root URI of tables that other clients create here. Default: the storage's root."
    )


class SqlCatalogPlugin:
    """Tables in a SQL database: SQLite beside the manifest without any set-up, or a database that machines share."""

    def __init__(self, config: SqlCatalogConfig, context: PluginContext) -> None:
        self.config = config
        self.context = context
        self._catalogs: list[Catalog] = []

    @hookimpl
    def catalog_namespace(self) -> str:
        """The product's namespace."""
        return self.context.expand(self.config.namespace)

    @hookimpl
    def catalog_access(self, storage: StorageAccess) -> CatalogAccess:
        """The URI (a reference where it is a secret) and the warehouse."""
        uri = self.config.uri if isinstance(self.config.uri, Secret) else self._uri()
        return CatalogAccess(type="sql", properties={"uri": uri, "warehouse": self._warehouse(storage)})

    @hookimpl
    def catalog_connect(self, storage: StorageAccess) -> Catalog:
        """Connect with PyIceberg; makes the SQLite file and its folder where they are missing."""
        client = _client()
        uri = self._uri()
        if file := self._sqlite_file(uri):
            _make_folder(file)
        properties = {
            key: value.reveal() if isinstance(value, Secret) else value for key, value in storage.file_io.items()
        }
        catalog: Catalog = client.connect(
            CATALOG_NAME, _with_wait(uri), {**properties, "warehouse": self._warehouse(storage)}, file
        )
        self._catalogs.append(catalog)
        return catalog

    @hookimpl
    def catalog_provision(self, namespaces: Sequence[str], dry_run: bool) -> Sequence[str]:
        """Make the database's tables and the namespaces that are missing; needs no storage."""
        uri = self._uri()
        file = self._sqlite_file(uri)
        if file:
            _make_folder(file, check_only=dry_run)
        changes: list[str] = _client().provision(CATALOG_NAME, _with_wait(uri), file, namespaces, dry_run)
        return changes

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        """Count the tables; a SQLite catalog that no run has made yet is fine where it can be made."""
        started = time.monotonic()
        file = self._sqlite_file(self._uri())
        if file and not file.exists():
            _make_folder(file, check_only=True)
            return Health(ok=True, message=f"{file}: the first run makes it", seconds=time.monotonic() - started)
        tables = _client().count_tables(CATALOG_NAME, _with_wait(self._uri(), int(timeout) or 1), file)
        return Health(ok=True, message=f"{tables} tables", seconds=time.monotonic() - started)

    @hookimpl
    def plugin_close(self) -> None:
        """Close the connections."""
        while self._catalogs:
            self._catalogs.pop().close()

    def _uri(self) -> str:
        uri = self.config.uri
        if isinstance(uri, Secret):
            uri = uri.reveal()
        if uri is None:
            return f"{_SQLITE}{self.context.platform_state / 'catalog.db'}"
        uri = self.context.expand(uri)
        if uri.startswith(_SQLITE) and uri != _SQLITE:
            return f"{_SQLITE}{self.context.platform_root / uri.removeprefix(_SQLITE)}"
        return uri

    @staticmethod
    def _sqlite_file(uri: str) -> Path | None:
        name = uri.removeprefix(_SQLITE).partition("?")[0]
        return Path(name) if uri.startswith(_SQLITE) and name not in ("", ":memory:") else None

    def _warehouse(self, storage: StorageAccess) -> str:
        return self.context.expand(self.config.warehouse or storage.root).rstrip("/")


def _client() -> ModuleType:
    try:
        from floe_sdk.builtin import catalog_sql_client
    except ImportError as error:
        raise FloeError(
            CATALOG_CLIENT_MISSING,
            f"the catalog needs PyIceberg and SQLAlchemy ({error.name} is not installed)",
            fix=CATALOG_CLIENT_MISSING.remedy,
        ) from error
    return catalog_sql_client


def _with_wait(uri: str, seconds: int = SQLITE_WAIT_SECONDS) -> str:
    """Let SQLite wait for another process that writes, instead of failing at once."""
    if not uri.startswith("sqlite:") or "timeout=" in uri:
        return uri
    return f"{uri}{'&' if '?' in uri else '?'}timeout={seconds}"


def _make_folder(file: Path, *, check_only: bool = False) -> None:
    folder = file.parent
    try:
        if not check_only:
            folder.mkdir(parents=True, exist_ok=True)
        existing = next(each for each in (folder, *folder.parents) if each.exists())
        if not os.access(file if file.exists() else existing, os.W_OK):
            raise PermissionError(13, "Permission denied", str(existing))
    except OSError as error:
        raise FloeError(
            CATALOG_NOT_WRITABLE,
            f"the catalog {file} can't be written: {error.strerror}",
            fix="make the folder writable, or set FLOE_STATE_DIR to a folder that is",
        ) from error
