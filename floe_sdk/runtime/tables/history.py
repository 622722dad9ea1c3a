"""A table's history as Iceberg keeps it: its snapshots, who made them, and what was rolled back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.catalog import TABLE_NOT_FOUND
from floe_sdk.runtime.tables.listing import belongs, connect, namespaces_of, of_another
from floe_sdk.runtime.tables.snapshots import summary_of
from floe_sdk.schemas.fields import nearest
from floe_sdk.schemas.session import NODE_ID_PROPERTY, PRODUCT_PROPERTY, RUN_ID_PROPERTY

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table
    from pyiceberg.table.snapshots import Snapshot

    from floe_sdk.plugins.host import Platform

ROLLBACKS_PROPERTY = "floe.rollbacks"
"""The property of a table that tells its last rollbacks, as JSON."""


@dataclass(frozen=True)
class SnapshotInfo:
    """A snapshot; `state` is `current`, `past`, or `left` where a rollback led away from it."""

    snapshot_id: int
    committed_at: datetime
    operation: str
    rows: int | None
    run_id: str | None
    node_id: str | None
    state: str


@dataclass(frozen=True)
class Rollback:
    """That somebody had a table go from one snapshot to another."""

    at: str
    source: int
    target: int


@dataclass(frozen=True)
class TableHistory:
    """Snapshots, the newest first, and rollbacks, the oldest first."""

    namespace: str
    table: str
    snapshots: tuple[SnapshotInfo, ...]
    rollbacks: tuple[Rollback, ...]

    @property
    def name(self) -> str:
        """As `floe query` knows it."""
        return f"{self.namespace}.{self.table}"

    @property
    def current(self) -> SnapshotInfo | None:
        """The snapshot that readers see."""
        return next((each for each in self.snapshots if each.state == "current"), None)


def read_history(platform: Platform, name: str) -> TableHistory:
    """The history of one of the product's tables, given as `table` or `namespace.table`."""
    return history_of(find_table(platform, name))


def find_table(platform: Platform, name: str) -> Table:
    """One of the product's tables; a bare name is looked for in the product's own namespace first.

    Raises FloeError with the nearest name.
    """
    catalog = connect(platform)
    known = _tables(catalog, platform.catalog.catalog_namespace())
    for identifier in known:
        if name in (".".join(identifier), identifier[1]):
            table = catalog.load_table(identifier)
            if not of_another(table, platform.context):
                return table
            theirs = table.properties[PRODUCT_PROPERTY]
            problem = f"{'.'.join(identifier)} is a table of the product {theirs}, not of {platform.context.product}"
            raise FloeError(TABLE_NOT_FOUND, problem, fix=f"name the folder of {theirs} as SPEC")
    names = [".".join(each) for each in known]
    guess = nearest(name, [*names, *(each[1] for each in known)])
    fix = f"did you mean {guess}?" if guess else "`floe tables` lists the product's tables"
    raise FloeError(TABLE_NOT_FOUND, f"the product has no table {name!r}; views have no history", fix=fix)


def history_of(table: Table) -> TableHistory:
    """The history of a loaded table."""
    snapshots = {each.snapshot_id: each for each in table.snapshots()}
    current = table.current_snapshot()
    line = set()
    ancestor = current
    while ancestor is not None and ancestor.snapshot_id not in line:
        line.add(ancestor.snapshot_id)
        ancestor = snapshots.get(ancestor.parent_snapshot_id or 0)
    newest = sorted(snapshots.values(), key=lambda each: (each.sequence_number or 0, each.timestamp_ms), reverse=True)
    namespace, name = table.name()[-2:]
    return TableHistory(
        namespace,
        name,
        tuple(_info(each, current, each.snapshot_id in line) for each in newest),
        rollbacks_of(table),
    )


def rollbacks_of(table: Table) -> tuple[Rollback, ...]:
    """What the table's property says; nothing where somebody else has written there."""
    try:
        return tuple(Rollback(**each) for each in json.loads(table.properties.get(ROLLBACKS_PROPERTY, "[]")))
    except (ValueError, TypeError):
        return ()


def _info(snapshot: Snapshot, current: Snapshot | None, in_line: bool) -> SnapshotInfo:
    summary = summary_of(snapshot)
    is_current = current is not None and snapshot.snapshot_id == current.snapshot_id
    return SnapshotInfo(
        snapshot_id=snapshot.snapshot_id,
        committed_at=datetime.fromtimestamp(snapshot.timestamp_ms / 1000, timezone.utc),
        operation=snapshot.summary.operation.value if snapshot.summary else "unknown",
        rows=int(summary["total-records"]) if "total-records" in summary else None,
        run_id=summary.get(RUN_ID_PROPERTY),
        node_id=summary.get(NODE_ID_PROPERTY),
        state="current" if is_current else "past" if in_line else "left",
    )


def _tables(catalog: Catalog, own: str) -> list[tuple[str, str]]:
    """The product's tables, those of its own namespace first."""
    namespaces = sorted((each for each in namespaces_of(catalog) if belongs(each, own)), key=lambda each: each != own)
    return [(namespace, each[-1]) for namespace in namespaces for each in sorted(catalog.list_tables(namespace))]
