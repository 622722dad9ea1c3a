"""The catalog's tables as they are, for a plan and for the graph's columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.runtime.tables import belongs, connect, namespaces_of, of_another
from floe_sdk.runtime.upstream import find_upstream
from floe_sdk.schemas.session import NODE_ID_PROPERTY, TableVersion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyiceberg.catalog import Catalog

    from floe_sdk.plugins.host import Platform
    from floe_sdk.schemas.graph import Node


class Tables:
    """The catalog's tables; connects when one is asked for."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._connected: Catalog | None = None

    def connect(self) -> Catalog:
        """The catalog, connected; called first it tells what is wrong with it. Raises FloeError."""
        if self._connected is None:
            self._connected = connect(self._platform)
        return self._connected

    def load(self, namespace: str, table: str) -> TableVersion | None:
        """The table as it is now; None where there is none."""
        from pyiceberg.exceptions import NoSuchNamespaceError, NoSuchTableError

        try:
            return TableVersion(self.connect().load_table((namespace, table)))
        except (NoSuchTableError, NoSuchNamespaceError):
            return None

    def upstream(self, node: Node) -> TableVersion:
        """What a source reads of another product. Raises FloeError."""
        return find_upstream(node, self.connect(), self._platform.context.environment)

    def of_nodes(self, namespace: str) -> Iterator[tuple[tuple[str, str], str]]:
        """The tables of the product's namespaces that a node made: (namespace, table) and the node's id."""
        for own in (each for each in namespaces_of(self.connect()) if belongs(each, namespace)):
            for identifier in self.connect().list_tables(own):
                version = self.load(own, identifier[-1])
                if version is None or of_another(version.table, self._platform.context):
                    continue
                snapshot = version.table.current_snapshot()
                said = snapshot.summary.additional_properties if snapshot and snapshot.summary else {}
                if node_id := said.get(NODE_ID_PROPERTY):
                    yield (own, identifier[-1]), node_id

    def of_others(self, namespace: str) -> Iterator[TableVersion]:
        """The tables of all other products in the catalog."""
        for name in namespaces_of(self.connect()):
            for identifier in self.connect().list_tables(name):
                version = self.load(name, identifier[-1])
                own = belongs(name, namespace) and version and not of_another(version.table, self._platform.context)
                if version is not None and not own:
                    yield version
