"""Datasets by OpenLineage's naming spec: tables and files by where they are, with the catalog's name beside it."""

from __future__ import annotations

import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit

from floe_sdk.runtime.lineage import facets
from floe_sdk.schemas.graph import Materialization, Node, NodeKind

if TYPE_CHECKING:
    from floe_sdk.schemas.access import CatalogAccess
    from floe_sdk.schemas.events import PublishedTable
    from floe_sdk.schemas.graph import Graph
    from floe_sdk.schemas.session import TableVersion

_log = logging.getLogger(__name__)
FILES = "__floe_file"
"""The schema that column lineage gives to files in the place of tables."""
_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_GLOB = re.compile(r"[*?\[{]")

Columns = tuple[tuple[str, str], ...]


class Tables(Protocol):
    """Who knows the catalog's tables; a `Publisher` does."""

    def load(self, namespace: str, table: str) -> TableVersion | None:
        """The table as it is now, or None."""

    def upstream(self, node: Node) -> TableVersion:
        """What a source reads of another product."""


@dataclass(frozen=True)
class Identity:
    """A dataset's name by the spec, and what it is."""

    namespace: str
    name: str
    kind: str = "TABLE"


def physical(location: str) -> Identity:
    """The identity of a path or a URI, by the naming spec."""
    parts = urlsplit(location)
    if len(parts.scheme) < 2:  # noqa: PLR2004 - a path, or one with a drive letter
        return Identity("file", location.rstrip("/") or "/", "FILE")
    if parts.scheme == "file":
        host = parts.netloc if parts.netloc not in ("", "localhost") else ""
        return Identity(f"file://{host}" if host else "file", unquote(parts.path).rstrip("/") or "/", "FILE")
    scheme = "s3" if parts.scheme in ("s3a", "s3n") else parts.scheme
    # abfss://container@account keeps what stands before the "@"; elsewhere that is a user and a password
    netloc = parts.netloc if scheme in ("abfs", "abfss", "wasb", "wasbs") else parts.netloc.rpartition("@")[2]
    return Identity(f"{scheme}://{netloc}", parts.path.strip("/") or "/", "FILE")


def literal_of(source_location: str) -> str:
    """The path or URI as a file source's location spells it, alone or as the first text of an expression."""
    literal = _LITERAL.search(source_location)
    return literal[1].replace("''", "'") if literal else source_location


def file_of(source_location: str, project: Path) -> str:
    """The path or URI of a file source. The location may be an expression (`read_csv('raw/x.csv', header = true)`);
    a pattern stands for its folder."""
    text = literal_of(source_location)
    if "://" in text:
        return text
    path = Path(os.path.normpath(project / text))
    for part in (path, *path.parents):
        if not _GLOB.search(str(part)):
            return part.as_posix()
    return project.as_posix()


@dataclass(frozen=True)
class CatalogName:
    """The catalog's own name space, without credentials, as OpenLineage's Spark integration names the same catalog.

    `prefix` goes before the names of tables in it; `uri` and `warehouse` say where it is.
    """

    namespace: str
    kind: str
    prefix: str = ""
    uri: str = ""
    warehouse: str | None = None

    @classmethod
    def of(cls, access: CatalogAccess | None, default: str) -> CatalogName:
        """Of a catalog plugin's access; `default` where its URI is a secret or there is none."""
        uri = access.properties.get("uri") if access else None
        if access is None or not isinstance(uri, str):
            return cls(default, "unknown", uri=default)
        parts = urlsplit(uri)
        host = parts.netloc.rpartition("@")[2]
        warehouse = access.properties.get("warehouse")
        place = warehouse if isinstance(warehouse, str) else None
        plain = f"{parts.scheme}://{host}{parts.path}".rstrip("/")
        if access.type != "sql":
            return cls(plain, access.type, "", plain, place)
        if parts.scheme.partition("+")[0] not in ("postgresql", "postgres"):
            return cls(plain, "jdbc", "", plain, place)
        database, port = parts.path.strip("/"), "" if parts.port else ":5432"
        prefix = f"{database}." if database else ""
        return cls(f"postgres://{host}{port}", "jdbc", prefix, f"jdbc:postgresql://{host}{port}/{database}", place)


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
        """The nodes whose data a node reads; what leaves nothing behind is looked through."""
        found: dict[str, Node] = {}
        for parent_id in node.depends_on:
            parent = self.nodes.get(parent_id)
            if parent is None or parent.is_test:
                continue
            through = self.inputs(parent) if parent.materialization is Materialization.EPHEMERAL else [parent]
            found.update({each.id: each for each in through})
        return list(found.values())

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
        said = snapshot.summary.additional_properties if snapshot and snapshot.summary else {}
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
