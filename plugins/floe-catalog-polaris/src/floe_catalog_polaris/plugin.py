"""The hooks of catalog `polaris`; PyIceberg is imported when they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_catalog_polaris import names
from floe_catalog_polaris.config import PolarisConfig  # noqa: TC001 - the host reads the constructor's annotations
from floe_sdk import (
    CATALOG_CLIENT_MISSING,
    CatalogAccess,
    FloeError,
    Health,
    PluginContext,
    Secret,
    StorageAccess,
    hookimpl,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyiceberg.catalog import Catalog

    from floe_catalog_polaris.connection import Connection


class PolarisCatalogPlugin:
    """Tables behind an Apache Polaris server, which machines and engines share."""

    def __init__(self, config: PolarisConfig, context: PluginContext) -> None:
        self.config = config
        self.context = context
        self._connections: list[Connection] = []

    @hookimpl
    def catalog_namespace(self) -> str:
        """The product's namespace."""
        return self.context.expand(self.config.namespace)

    @hookimpl
    def catalog_access(self, storage: StorageAccess) -> CatalogAccess:
        """As the Iceberg clients of other engines spell it."""
        from floe_catalog_polaris.file_io import wants_vending

        config, oauth2 = self.config, self.config.oauth2
        properties: dict[str, str | Secret] = {"uri": config.uri, "warehouse": self.context.expand(config.warehouse)}
        if oauth2 is not None:
            properties["oauth2-server-uri"] = oauth2.token_url or f"{config.uri}/v1/oauth/tokens"
            properties["scope"] = oauth2.scope
            properties["client-id"] = oauth2.client_id
            properties["client-secret"] = oauth2.client_secret
        if config.realm:
            properties[f"header.{config.realm_header}"] = config.realm
        vended = wants_vending(storage, config.credential_vending_enabled)
        properties["header.X-Iceberg-Access-Delegation"] = "vended-credentials" if vended else ""
        return CatalogAccess(type="rest", properties=properties)

    @hookimpl
    def catalog_check(self, tables: Sequence[tuple[str, str]]) -> None:
        """Names that Polaris, or an engine that reads the tables, could not hold."""
        names.check(tables)

    @hookimpl
    def catalog_connect(self, storage: StorageAccess) -> Catalog:
        """Connect: the token, the server's configuration, the tables' place and their credentials are looked at."""
        connection = self._connection()
        from floe_catalog_polaris.connecting import connect

        return connect(connection, storage)

    @hookimpl
    def catalog_provision(self, namespaces: Sequence[str], dry_run: bool, storage: StorageAccess) -> Sequence[str]:
        """Compare the server's catalog with the storage and the configuration, and change what differs."""
        connection = self._connection()
        from floe_catalog_polaris.provisioning import provision

        return provision(connection, storage, namespaces, dry_run=dry_run)

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        """A token, the server's configuration and a list of namespaces, asked for anew."""
        connection = self._connection(timeout)
        from floe_catalog_polaris.health import check

        return check(connection, timeout)

    @hookimpl
    def plugin_close(self) -> None:
        """Close the connections."""
        while self._connections:
            self._connections.pop().close()

    def _connection(self, timeout: float | None = None) -> Connection:
        try:
            from floe_catalog_polaris.connection import Connection
        except ImportError as error:
            raise FloeError(
                CATALOG_CLIENT_MISSING,
                f"the catalog needs PyIceberg and requests ({error.name} is not installed)",
                fix="pip install floe-catalog-polaris",
            ) from error
        made = Connection(self.config, self.context.expand, timeout)
        self._connections.append(made)
        return made
