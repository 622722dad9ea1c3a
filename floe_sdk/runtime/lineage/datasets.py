"""The datasets of a run: what is known of each, and how events tell of it."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from floe_sdk.runtime.lineage import facets
from floe_sdk.runtime.lineage.naming import CatalogName, Identity, file_of, physical
from floe_sdk.runtime.own_tables import without_own_sources
from floe_sdk.runtime.tables.snapshots import summary_of
from floe_sdk.schemas.graph import Materialization, Node, NodeKind

if TYPE_CHECKING:
    from floe_sdk.schemas.events import PublishedTable
    from floe_sdk.schemas.graph import Graph
    from floe_sdk.schemas.session import TableVersion

_log = logging.getLogger(__name__)
Columns = tuple[tuple[str, str], ...]


class Tables(Protocol):
    """Who knows the catalog's tables; a `Publisher` does."""

    def load(self, namespace: str, table: str) -> TableVersion | None:
        """The table as it is now, or None."""

    def upstream(self, node: Node) -> TableVersion:
        """What a source reads of another product."""


@dataclass(frozen=True)
class _Table:
    """What the catalog says of a table."""

    name: str
    location: str
    snapshot_id: int | None
    columns: Columns
    rows: int | None = None


class Datasets:
    """The datasets of one run: knows each table that the run published, and asks the catalog for others."""

    def __init__(
        self, graph: Graph, product_root: Path, publisher: Tables | None, catalog: CatalogName, platform: str
    ) -> None:
        self.nodes = graph.by_id()
        self.project = Path(os.path.normpath(product_root / graph.root))
        self._publisher = publisher
        self._catalog = catalog
        self._platform = platform
        self._published: dict[str, PublishedTable] = {}
        self._columns: dict[str, Columns] = {}
        self._loaded: dict[str, _Table | None] = {}

    def publish(self, node_id: str, published: PublishedTable | None, columns: Columns) -> None:
        """Remember what a node made."""
        if published:
            self._published[node_id] = published
            self._columns[node_id] = published.columns or columns
        elif columns:
            self._columns[node_id] = columns

    def inputs(self, node: Node) -> list[Node]:
        """The nodes whose data a node reads, each table once; what leaves nothing behind is looked through."""
        found: dict[str, Node] = {}
        for parent_id in node.depends_on:
            parent = self.nodes.get(parent_id)
            if parent is None or parent.is_test:
                continue
            through = self.inputs(parent) if parent.materialization is Materialization.EPHEMERAL else [parent]
            found.update({each.id: each for each in through})
        return without_own_sources(found.values())

    def identity(self, node: Node) -> Identity:
        """The dataset that a node is."""
        if node.kind is NodeKind.SOURCE and node.source_location:
            return physical(file_of(node.source_location, self.project))
        location = self._location(node)
        if location is None:
            kind = "VIEW" if node.materialization is Materialization.VIEW else "TABLE"
            return Identity(self._catalog.namespace, self._catalog_name(node), kind)
        where = physical(location)
        return Identity(where.namespace, where.name)

    def columns(self, node: Node) -> Columns:
        """The columns that a node's data really has, where known; else those that the project declares."""
        actual = self.actual_columns(node)
        return actual or tuple((column.name, column.data_type or "") for column in node.columns)

    def actual_columns(self, node: Node) -> Columns:
        """The columns that a node's data really has; empty where unknown."""
        if node.id not in self._columns and (table := self._load(node)):
            self._columns[node.id] = table.columns
        return self._columns.get(node.id, ())

    def rows_of(self, node: Node) -> int | None:
        """How many rows a table has, where that is known without asking."""
        if published := self._published.get(node.id):
            return published.rows if published.total_rows is None else published.total_rows
        table = self._loaded.get(node.id)
        return table.rows if table else None

    def seed_file(self, node: Node) -> dict[str, Any]:
        """The file that a seed is read from, as an input."""
        where = physical((self.project / node.path).as_posix())
        return {
            "namespace": where.namespace,
            "name": where.name,
            "facets": {"datasetType": facets.dataset_type("FILE"), "dataSource": _source_facet(where)},
        }

    def brief(self, node: Node) -> dict[str, Any]:
        """The dataset as an input: which one, and at which version; its maker says the rest."""
        if node.kind is NodeKind.SOURCE:
            return self.dataset(node)
        where = self.identity(node)
        all_facets = {"datasetType": facets.dataset_type(where.kind), **self._table_facets(node, where)}
        return {"namespace": where.namespace, "name": where.name, "facets": all_facets}

    def dataset(self, node: Node) -> dict[str, Any]:
        """The dataset with everything that is known about it."""
        where = self.identity(node)
        columns = self.columns(node)
        descriptions = {column.name: column.description for column in node.columns}
        all_facets: dict[str, Any] = {
            "datasetType": facets.dataset_type(where.kind),
            "dataSource": _source_facet(where),
            "schema": facets.schema(columns, descriptions) if columns else None,
            "documentation": facets.documentation(node.description) if node.description else None,
            "ownership": facets.ownership(node.owner) if node.owner else None,
            "tags": facets.dataset_tags(node.tags, node.columns),
            **self._table_facets(node, where),
        }
        if where.kind == "TABLE":
            all_facets["storage"] = facets.storage()
            all_facets["catalog"] = facets.catalog(
                self._catalog.kind, self._platform, self._catalog.uri, self._catalog.warehouse
            )
        known = {name: facet for name, facet in all_facets.items() if facet is not None}
        return {"namespace": where.namespace, "name": where.name, "facets": known}

    def _table_facets(self, node: Node, where: Identity) -> dict[str, facets.Facet]:
        table, published = self._loaded.get(node.id), self._published.get(node.id)
        snapshot_id = published.snapshot_id if published else table.snapshot_id if table else None
        version = {} if snapshot_id is None else {"version": facets.dataset_version(snapshot_id)}
        if where.kind != "TABLE":
            return version
        return {**version, "symlinks": facets.symlinks(self._catalog.namespace, self._catalog_name(node))}

    def _location(self, node: Node) -> str | None:
        if node.id in self._published:
            return self._published[node.id].location
        table = self._load(node)
        return table.location if table else None

    def _catalog_name(self, node: Node) -> str:
        return f"{self._catalog.prefix}{self._table_name(node)}"

    def _table_name(self, node: Node) -> str:
        if node.upstream and (table := self._loaded.get(node.id)):
            return table.name
        return f"{node.namespace}.{node.table or node.name}" if node.namespace else node.table or node.name

    def _load(self, node: Node) -> _Table | None:
        """What the catalog says of a table that this run has not published (yet)."""
        if node.id not in self._loaded:
            self._loaded[node.id] = self._ask(node)
        return self._loaded[node.id]

    def _ask(self, node: Node) -> _Table | None:
        if self._publisher is None:
            return None
        try:
            version = self._version(self._publisher, node)
        except Exception as error:  # noqa: BLE001 - lineage never fails a run; the catalog's own user will say it
            _log.debug("the catalog did not answer for %s: %s", node.id, error)
            return None
        if version is None:
            return None
        table = version.table
        snapshot = table.current_snapshot()
        columns = tuple((field.name, str(field.field_type)) for field in table.schema().fields)
        name = ".".join(table.name())
        said = summary_of(snapshot)
        rows = int(said["total-records"]) if "total-records" in said else None
        return _Table(name, table.location(), snapshot.snapshot_id if snapshot else None, columns, rows)

    def _version(self, tables: Tables, node: Node) -> TableVersion | None:
        if node.upstream:
            return tables.upstream(node)  # as the run reads it
        if not (node.published or (node.kind is NodeKind.SOURCE and not node.source_location)):
            return None
        return tables.load(node.namespace, node.table) if node.namespace and node.table else None


def _source_facet(where: Identity) -> facets.Facet:
    uri = "file:" if where.namespace == "file" else where.namespace
    return facets.data_source(where.namespace, uri)
