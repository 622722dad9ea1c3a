"""The publisher of a run: the tables of a catalog, what was published, and the next publication."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.publish import FOREIGN_TABLE
from floe_sdk.observability.spans import within
from floe_sdk.runtime.publishing.publication import TablePublication
from floe_sdk.runtime.recovery.stale import CheckedVersion
from floe_sdk.runtime.tables.listing import load_table
from floe_sdk.runtime.tables.snapshots import summary_of
from floe_sdk.runtime.upstream import check_deletions, find_upstream
from floe_sdk.schemas.session import NODE_ID_PROPERTY, TableVersion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyiceberg.catalog import Catalog

    from floe_sdk.runtime.publishing.ports import Marks
    from floe_sdk.runtime.recovery.file_journal import FileJournal
    from floe_sdk.runtime.recovery.stale import StaleTables
    from floe_sdk.schemas.access import StorageAccess
    from floe_sdk.schemas.events import PublishedTable
    from floe_sdk.schemas.graph import Node


Properties = Callable[[str], tuple["Mapping[str, str]", "Mapping[str, str]"]]
"""From a node's id: what to put into the properties of the snapshot that it commits, and of its table."""


def no_properties(_node_id: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Of a publisher that nobody told of any."""
    return {}, {}


class CatalogPublisher:
    """The `Publisher` of a run (see `floe_sdk.schemas.session`) over any PyIceberg catalog."""

    def __init__(self, catalog: Catalog, storage: StorageAccess, run_id: str, journal: FileJournal) -> None:
        self.catalog = catalog
        self.storage = storage
        self.run_id = run_id
        self.journal = journal
        self.published: dict[str, PublishedTable] = {}
        self.properties: Properties = no_properties
        self.marks: Marks = {}
        self.environment = ""
        self.stale: StaleTables | None = None
        self._namespaces: set[str] = set()
        self._upstream: dict[str, TableVersion | FloeError] = {}
        self._lock = threading.Lock()

    def load(self, namespace: str, table: str) -> TableVersion | None:
        loaded = load_table(self.catalog, namespace, table)
        if loaded is None:
            return None
        return CheckedVersion(loaded, check=lambda version: self._checked((namespace, table), version))

    def load_foreign(self, namespace: str, table: str) -> TableVersion | None:
        version = self.load(namespace, table)
        if version is not None:
            check_deletions(version.table)
        return version

    def tables(self, namespace: str) -> Sequence[str]:
        from pyiceberg.exceptions import NoSuchNamespaceError

        try:
            return [identifier[-1] for identifier in self.catalog.list_tables(namespace)]
        except NoSuchNamespaceError:
            return []

    def upstream(self, node: Node) -> TableVersion:
        with self._lock:
            if node.id not in self._upstream:
                try:
                    self._upstream[node.id] = find_upstream(node, self.catalog, self.environment)
                except FloeError as error:
                    self._upstream[node.id] = error
            found = self._upstream[node.id]
        if isinstance(found, FloeError):
            raise found
        return found

    def drop(self, namespace: str, table: str, node_id: str) -> bool:
        version = self.load(namespace, table)
        if version is None:
            return False
        snapshots = [summary_of(each) for each in version.table.snapshots() if each.summary]
        if snapshots and not any(each.get(NODE_ID_PROPERTY) == node_id for each in snapshots):
            raise FloeError(
                FOREIGN_TABLE,
                f"{namespace}.{table} was published by something else than {node_id}, which is a view now",
                fix="drop the table, or give the model another alias",
            )
        self.catalog.drop_table((namespace, table))
        return True

    def begin(self, namespace: str, table: str, node_id: str) -> TablePublication:
        with within(node_id):
            return TablePublication(self, namespace, table, node_id, self.load(namespace, table))

    def _checked(self, name: tuple[str, str], version: TableVersion) -> TableVersion:
        return self.stale.checked(name, version, self.catalog, self.journal) if self.stale else version

    def make_namespace(self, namespace: str) -> None:
        """Create the namespace unless it is there; another process may do it at the same moment."""
        from pyiceberg.exceptions import NamespaceAlreadyExistsError

        with self._lock:
            if namespace not in self._namespaces:
                if not self.catalog.namespace_exists(namespace):
                    with suppress(NamespaceAlreadyExistsError):
                        self.catalog.create_namespace(namespace)
                self._namespaces.add(namespace)
