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
    def catalog_namespace(self) -> str:
        """The namespace of the product's tables, `{product_slug}` and `{environment}` expanded; no I/O.

        When: Compiling, which puts it into the artifact; `query`, `tables`, `runs`, `rollback`, `catalog provision`.
        Caller: The command.
        Thread: The command's.
        Deadline: None; it answers at once.
        Errors: FloeError is told as it is and ends the command; anything else is told as unexpected, exit code 1.
        """

    @required_hook
    def catalog_access(self, storage: StorageAccess) -> CatalogAccess:
        """Say how clients other than PyIceberg reach the tables; no I/O, no secret revealed.

        When: Once a run, when it begins: lineage names tables by it.
        Caller: `floe_sdk.execute`.
        Thread: The run's.
        Deadline: None; it answers at once.
        Errors: Whatever is raised fails the run before a node begins.
        """

    @required_hook
    def catalog_connect(self, storage: StorageAccess) -> Catalog:
        """A connected PyIceberg catalog whose FileIO reaches `storage`. The caller may use it from several threads.

        When: Once a run, when the catalog is needed first; once a command that looks at tables; before a run that
            cleans up after one that died. Never when compiling.
        Caller: The run's session (a compute sees it as `session.catalog`), or the command.
        Thread: Any.
        Deadline: None: give connecting and reading time-outs of their own.
        Errors: FloeError when the server can't be reached or refuses (CATALOG_UNREACHABLE, CATALOG_DENIED, ...): it
            fails the node that needed it, or ends the command.
        """

    @optional_hook
    def catalog_provision(
        self, namespaces: Sequence[str], dry_run: bool, storage: StorageAccess
    ) -> Sequence[str] | None:
        """Bring the catalog itself (not its tables) to the state that a run needs; returns a line for each change.

        Idempotent. With `dry_run` nothing is changed and the lines say what would be. `storage` is where the tables
        will be, for a server that must be told.

        When: When somebody asks for it.
        Caller: `floe catalog provision`.
        Thread: The command's.
        Deadline: None.
        Errors: FloeError is told as it is and ends the command; anything else is told as unexpected, exit code 1.
        """

    @optional_hook
    def catalog_check(self, tables: Sequence[tuple[str, str]], storage: StorageAccess) -> None:
        """Refuse names and places of tables that the catalog could not hold; `tables` are (namespace, table).

        No I/O, no secret revealed.

        When: Compiling, when the graph is known and before anything is written; `plan`, `graph`.
        Caller: RESOLVE.
        Thread: The command's.
        Deadline: None; it answers at once.
        Errors: FloeError, all problems at once, ends the compile.
        """
