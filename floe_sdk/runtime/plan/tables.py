"""The catalog's tables as they are, for a plan and for the graph's columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.catalog import OF_ONE_TABLE
from floe_sdk.runtime.tables.listing import belongs, connect, load_table, namespaces_of, of_another
from floe_sdk.runtime.tables.snapshots import summary_of
from floe_sdk.runtime.upstream import find_upstream
from floe_sdk.schemas.session import NODE_ID_PROPERTY, TableVersion

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from pyiceberg.catalog import Catalog

    from floe_sdk.plugins.host import Platform
    from floe_sdk.schemas.graph import Node


class Tables:
    """The catalog's tables; connects when one is asked for. `notes` name those that can't be read."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._connected: Catalog | None = None
        self._unreadable: dict[str, None] = {}

    @property
    def notes(self) -> tuple[str, ...]:
        """A line for each table that was left out, as its metadata can't be read."""
        return tuple(self._unreadable)

    def connect(self) -> Catalog:
        """The catalog, connected; called first it tells what is wrong with it. Raises FloeError."""
        if self._connected is None:
            self._connected = connect(self._platform)
        return self._connected

    def load(self, namespace: str, table: str) -> TableVersion | None:
        """The table as it is now; None where there is none."""
        loaded = load_table(self.connect(), namespace, table)
        return TableVersion(loaded) if loaded is not None else None

    def known(self, namespace: str, table: str) -> TableVersion | None:
        """As `load`; None also for a table whose metadata is gone or can't be read, which is noted."""
        try:
            return self.load(namespace, table)
        except FloeError as error:
            if error.code not in OF_ONE_TABLE:
                raise
            self._unreadable[f"{namespace}.{table} is left out: {error.problem} [{error.code.id}]"] = None
            return None

    def upstream(self, node: Node) -> TableVersion:
        """What a source reads of another product. Raises FloeError."""
        return find_upstream(node, self.connect(), self._platform.context.environment)

    def of_nodes(self, namespace: str, but: Container[tuple[str, str]]) -> Iterator[tuple[tuple[str, str], str]]:
        """The tables of the product's namespaces that a node made: (namespace, table) and the node's id; none of `but`,
        which aren't loaded either."""
        for own in (each for each in namespaces_of(self.connect()) if belongs(each, namespace)):
            for identifier in self.connect().list_tables(own):
                if (own, identifier[-1]) in but:
                    continue
                version = self.known(own, identifier[-1])
                if version is None or of_another(version.table, self._platform.context):
                    continue
                snapshot = version.table.current_snapshot()
                said = summary_of(snapshot)
                if node_id := said.get(NODE_ID_PROPERTY):
                    yield (own, identifier[-1]), node_id

    def of_others(self, namespace: str) -> Iterator[TableVersion]:
        """The tables of all other products in the catalog."""
        for name in namespaces_of(self.connect()):
            for identifier in self.connect().list_tables(name):
                version = self.known(name, identifier[-1])
                own = belongs(name, namespace) and version and not of_another(version.table, self._platform.context)
                if version is not None and not own:
                    yield version
