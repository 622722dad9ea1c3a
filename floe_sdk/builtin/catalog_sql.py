"""The embedded catalog: Iceberg tables listed in a SQL database, SQLite unless `uri` names another."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

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
from floe_sdk.builtin.catalog_sql_address import SQLITE, Address, has_password

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import ModuleType

    from pyiceberg.catalog import Catalog

CATALOG_NAME = "floe"
"""The name under which tables are listed in the database: other Iceberg clients give it, too."""


class SqlCatalogConfig(PluginConfig):
    """Where the catalog's database is."""

    uri: Secret | str | None = Field(
        default=None,
        description="SQLAlchemy URI (`postgresql://USER@HOST/DATABASE`); a secret reference where it holds a password. "
        "Default: SQLite, `catalog.db` in the platform's state folder. A relative SQLite path, or "
        "file of a certificate behind the `?`, is taken from the manifest's folder.",
    )
    password: Secret | None = Field(default=None, description="The password of the user in `uri`, where it has none.")
    namespace: str = Field(
        default="{product_slug}",
        min_length=1,
        description="Namespace of a product's tables; {product_slug}, {product} and {environment} are expanded.",
    )
    warehouse: str | None = Field(
        default=None, description="Root URI of tables that other clients create here. Default: the storage's root."
    )

    @field_validator("uri")
    @classmethod
    def _no_password(cls, uri: Secret | str | None) -> Secret | str | None:
        """A password that stands in the file is a literal secret."""
        if isinstance(uri, str) and has_password(uri):
            raise PydanticCustomError("literal_secret", "the URI holds a password")
        return uri


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
        """The URI and the password (references where they are secrets) and the warehouse."""
        uri = self.config.uri if isinstance(self.config.uri, Secret) else self._uri()
        properties = {"uri": uri, "warehouse": self._warehouse(storage)}
        if self.config.password:
            properties["password"] = self.config.password
        return CatalogAccess(type="sql", properties=properties)

    @hookimpl
    def catalog_connect(self, storage: StorageAccess) -> Catalog:
        """Connect with PyIceberg; makes the SQLite file and its folder where they are missing."""
        client = _client()
        address = self._address()
        if address.file:
            _make_folder(address.file)
        properties = {
            key: value.reveal() if isinstance(value, Secret) else value for key, value in storage.file_io.items()
        }
        catalog: Catalog = client.connect(CATALOG_NAME, address, {**properties, "warehouse": self._warehouse(storage)})
        self._catalogs.append(catalog)
        return catalog

    @hookimpl
    def catalog_provision(self, namespaces: Sequence[str], dry_run: bool) -> Sequence[str]:
        """Make the database's tables and the namespaces that are missing; needs no storage."""
        address = self._address()
        if address.file:
            _make_folder(address.file, check_only=dry_run)
        changes: list[str] = _client().provision(CATALOG_NAME, address, namespaces, dry_run)
        return changes

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        """Count the tables; a catalog that no run has made yet is fine where it can be made."""
        started = time.monotonic()
        address = self._address(int(timeout) or 1)
        if address.file and not address.file.exists():
            _make_folder(address.file, check_only=True)
            tables = None
        else:
            tables = _client().count_tables(CATALOG_NAME, address)
        message = f"{address.where}: the first run makes it" if tables is None else f"{tables} tables"
        return Health(ok=True, message=message, seconds=time.monotonic() - started)

    @hookimpl
    def plugin_close(self) -> None:
        """Close the connections."""
        while self._catalogs:
            self._catalogs.pop().close()

    def _address(self, seconds: int | None = None) -> Address:
        password = self.config.password.reveal() if self.config.password else None
        return Address(self._uri(), password, seconds, self.context.platform_root)

    def _uri(self) -> str:
        uri = self.config.uri
        if isinstance(uri, Secret):
            uri = uri.reveal()
        if uri is None:
            return f"{SQLITE}{self.context.platform_state / 'catalog.db'}"
        uri = self.context.expand(uri)
        if uri.startswith(SQLITE) and uri != SQLITE:
            return f"{SQLITE}{self.context.platform_root / uri.removeprefix(SQLITE)}"
        return uri

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


def _make_folder(file: Path, *, check_only: bool = False) -> None:
    folder = file.parent
    try:
        if not check_only:
            folder.mkdir(parents=True, exist_ok=True)
        existing = next(each for each in (folder, *folder.parents) if each.exists())
        if not existing.is_dir():
            raise NotADirectoryError(20, "Not a directory", str(existing))
        if not os.access(file if file.exists() else existing, os.W_OK):
            raise PermissionError(13, "Permission denied", str(existing))
    except OSError as error:
        raise FloeError(
            CATALOG_NOT_WRITABLE,
            f"the catalog {file} can't be written: {error.strerror}",
            fix="make the folder writable, or set FLOE_STATE_DIR to a folder that is",
        ) from error
