"""Catalog `v01`: Iceberg tables listed in a file of SQLite."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from floe_sdk import CatalogAccess, FloeError, Health, PluginConfig, PluginContext, StorageAccess, hookimpl
from pydantic import Field

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog


class V01CatalogConfig(PluginConfig):
    """What stands under `config:` in manifest.yaml."""

    path: str | None = Field(
        default=None,
        min_length=1,
        description="The file, relative to manifest.yaml; default: a file in the platform's state folder.",
    )
    namespace: str = Field(
        default="{product_slug}",
        min_length=1,
        description="Namespace of a product's tables; {product_slug} and {environment} are expanded.",
    )


class V01Catalog:
    """Iceberg tables listed in a file of SQLite."""

    def __init__(self, config: V01CatalogConfig, context: PluginContext) -> None:
        self.config = config
        self.context = context
        path = context.platform_root / context.expand(config.path) if config.path else None
        self._path: Path = path or context.platform_state / "v01.db"
        self._catalogs: list[Catalog] = []

    @hookimpl
    def catalog_namespace(self) -> str:
        """The product's namespace."""
        return self.context.expand(self.config.namespace)

    @hookimpl
    def catalog_access(self, storage: StorageAccess) -> CatalogAccess:
        """What other Iceberg clients need; no input or output, no secret revealed."""
        return CatalogAccess(type="sql", properties={"uri": self._uri, "warehouse": storage.root.rstrip("/")})

    @hookimpl
    def catalog_connect(self, storage: StorageAccess) -> Catalog:
        """A connected catalog whose files are on the platform's storage."""
        # PyIceberg is imported when a catalog is connected, and not before.
        from floe_plugin_v01.catalog.client import connect

        catalog = connect(self._path, self._uri, storage)
        self._catalogs.append(catalog)
        return catalog

    @hookimpl
    def catalog_provision(self, namespaces: Sequence[str], dry_run: bool, storage: StorageAccess) -> Sequence[str]:
        """Make the file and the namespaces that are missing; a line for each change."""
        from floe_plugin_v01.catalog.client import provision

        return provision(self._path, self._uri, storage, namespaces, dry_run)

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        """Ask the catalog for its namespaces; one that no run has made yet is fine."""
        from floe_plugin_v01.catalog.client import ask

        started = time.monotonic()
        try:
            message = ask(self._path, self._uri)
        except FloeError as error:
            return Health.fault(error, time.monotonic() - started)
        return Health(ok=True, message=message, seconds=time.monotonic() - started)

    @hookimpl
    def plugin_close(self) -> None:
        """Let go of the connections."""
        while self._catalogs:
            self._catalogs.pop().close()

    @property
    def _uri(self) -> str:
        return f"sqlite:///{self._path.as_posix()}"
