"""The contract of a catalog plugin: tables, as an Iceberg client sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.plugins.markers import optional_hook, required_hook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyiceberg.catalog import Catalog

    from floe_sdk.schemas.access import CatalogAccess, StorageAccess


class CatalogSpec:
    """Hooks of type `catalog`; one plugin a platform."""

    @required_hook
    def catalog_namespace(self) -> str:  # type: ignore[empty-body]  # a specification
        """The namespace of the product's tables, `{product_slug}` and `{environment}` expanded. No I/O."""

    @required_hook
    def catalog_access(self, storage: StorageAccess) -> CatalogAccess:  # type: ignore[empty-body]  # a specification
        """Say how clients other than PyIceberg reach the tables. No I/O, no secret revealed."""

    @required_hook
    def catalog_connect(self, storage: StorageAccess) -> Catalog:  # type: ignore[empty-body]  # a specification
        """A connected PyIceberg catalog whose FileIO reaches `storage`; run time only.

        The caller may use it from several threads. Raises FloeError when the server can't be reached or refuses.
        """

    @optional_hook
    def catalog_provision(
        self, namespaces: Sequence[str], dry_run: bool, storage: StorageAccess
    ) -> Sequence[str] | None:
        """Bring the catalog itself (not its tables) to the state that a run needs; returns a line for each change.

        Idempotent. With `dry_run` nothing is changed and the lines say what would be. `storage` is where the tables
        will be, for a server that must be told.
        """

    @optional_hook
    def catalog_check(self, tables: Sequence[tuple[str, str]], storage: StorageAccess) -> None:
        """Refuse names and places of tables that the catalog could not hold; `tables` are (namespace, table).

        Called when a product is compiled: no I/O, no secret revealed. Raises FloeError, all problems at once.
        """
