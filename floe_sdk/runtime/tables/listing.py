"""Looking at the catalog: what tables there are, and a question to them. Needs no artifact and no run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.catalog import OF_ONE_TABLE
from floe_sdk.runtime.tables.snapshots import summary_of
from floe_sdk.schemas.query import QueryRequest
from floe_sdk.schemas.session import NODE_ID_PROPERTY, PRODUCT_PROPERTY, RUN_ID_PROPERTY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table

    from floe_sdk.plugins.config import PluginContext
    from floe_sdk.plugins.host import Platform
    from floe_sdk.schemas.query import QueryResult


@dataclass(frozen=True)
class TableInfo:
    """A table as its current snapshot describes it; `run_id` and `node_id` are None where another writer made it."""

    namespace: str
    table: str
    location: str
    rows: int | None = None
    bytes: int | None = None
    files: int | None = None
    snapshot_id: int | None = None
    committed_at: datetime | None = None
    run_id: str | None = None
    node_id: str | None = None
    snapshots: int = 0


def list_tables(platform: Platform, *, everything: bool = False) -> tuple[list[TableInfo], list[FloeError]]:
    """The tables of the product's namespaces (with `everything`, of the whole catalog), by name, and what is wrong with
    those whose metadata can't be read."""
    catalog = connect(platform)
    own = platform.catalog.catalog_namespace()
    namespaces = namespaces_of(catalog)
    chosen = namespaces if everything else [name for name in namespaces if belongs(name, own)]
    damaged: list[FloeError] = []
    tables = readable(catalog, chosen, damaged.append)
    listed = [_describe(table) for table in tables if everything or not of_another(table, platform.context)]
    return listed, damaged


def readable(catalog: Catalog, namespaces: Iterable[str], damaged: Callable[[FloeError], object]) -> Iterator[Table]:
    """The tables of namespaces, by name; `damaged` is told of each whose metadata is gone or can't be read.

    Raises FloeError for what is wrong with more than one table.
    """
    from pyiceberg.exceptions import NoSuchTableError

    for name in namespaces:
        for identifier in sorted(catalog.list_tables(name)):
            try:
                yield catalog.load_table((name, identifier[-1]))
            except NoSuchTableError:
                continue  # dropped in between
            except FloeError as error:
                if error.code not in OF_ONE_TABLE:
                    raise
                damaged(error)


def load_table(catalog: Catalog, namespace: str, name: str) -> Table | None:
    """The table as it is now; None where there is none."""
    from pyiceberg.exceptions import NoSuchNamespaceError, NoSuchTableError

    try:
        return catalog.load_table((namespace, name))
    except (NoSuchTableError, NoSuchNamespaceError):
        return None


def query(platform: Platform, sql: str, *, compute: str | None = None) -> QueryResult:
    """Answer one read-only SELECT with the platform's first compute; a bare name is one of the product's tables."""
    catalog = connect(platform)
    own = platform.catalog.catalog_namespace()
    others = [name for name in namespaces_of(catalog) if belongs(name, own) and name != own]
    request = QueryRequest(sql, catalog, platform.storage.storage_access(), (own, *others))
    return platform.compute(compute).compute_query(request=request)


def connect(platform: Platform) -> Catalog:
    """The platform's catalog, connected; what its storage's client raises is told as FloeError."""
    catalog = platform.catalog.catalog_connect(storage=platform.storage.storage_access())
    from floe_sdk.runtime.storage.telling_io import telling  # imports PyIceberg, as the catalog has by now

    return telling(catalog)


def namespaces_of(catalog: Catalog) -> Sequence[str]:
    """The names of all namespaces, sorted."""
    return sorted(".".join(identifier) for identifier in catalog.list_namespaces())


def belongs(namespace: str, own: str) -> bool:
    """Whether it is the product's namespace, or that of a custom schema of it."""
    return namespace == own or namespace.startswith(f"{own}_")


def of_another(table: Table, context: PluginContext) -> bool:
    """Whether a table that lies where the product's do says that it is another product's (`shop_eu` beside `shop`)."""
    return table.properties.get(PRODUCT_PROPERTY, context.product) != context.product


def _describe(table: Table) -> TableInfo:
    name: tuple[str, str] = (".".join(table.name()[:-1]), table.name()[-1])
    snapshot = table.current_snapshot()
    if snapshot is None:
        return TableInfo(*name, table.location(), rows=0, bytes=0, files=0)
    summary = summary_of(snapshot)

    def number(key: str) -> int | None:
        return int(summary[key]) if key in summary else None

    return TableInfo(
        *name,
        table.location(),
        rows=number("total-records"),
        bytes=number("total-files-size"),
        files=number("total-data-files"),
        snapshot_id=snapshot.snapshot_id,
        committed_at=datetime.fromtimestamp(snapshot.timestamp_ms / 1000, timezone.utc),
        run_id=summary.get(RUN_ID_PROPERTY),
        node_id=summary.get(NODE_ID_PROPERTY),
        snapshots=len(table.snapshots()),
    )
