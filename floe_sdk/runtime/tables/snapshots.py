"""What a table's snapshots say of themselves, and which hold the same rows: one that only rewrote files holds those of
the snapshot before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.schemas.session import SAME_ROWS_PROPERTY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyiceberg.table.metadata import TableMetadata
    from pyiceberg.table.snapshots import Snapshot


def summary_of(snapshot: Snapshot | None) -> Mapping[str, str]:
    """The properties in a snapshot's summary; none of no snapshot."""
    return snapshot.summary.additional_properties if snapshot and snapshot.summary else {}


def same_rows(metadata: TableMetadata, snapshot: Snapshot | None) -> Iterator[Snapshot]:
    """The snapshot, then those before it that hold the same rows, as far as they are still known.

    Iceberg's operation `replace` says so, whichever engine committed it.
    """
    from pyiceberg.table.snapshots import Operation

    seen = set()
    while snapshot is not None and snapshot.snapshot_id not in seen:
        yield snapshot
        seen.add(snapshot.snapshot_id)
        rewrote = snapshot.summary is not None and snapshot.summary.operation is Operation.REPLACE
        parent = snapshot.parent_snapshot_id if rewrote else None
        snapshot = metadata.snapshot_by_id(parent) if parent is not None else None


def rows_id(metadata: TableMetadata, snapshot: Snapshot | None) -> int | None:
    """The id of the snapshot that the rows are from; a rewriting one's own where that can't be told any more."""
    found = None
    for each in same_rows(metadata, snapshot):
        said = summary_of(each).get(SAME_ROWS_PROPERTY, "")
        if said.removeprefix("-").isdigit():
            return int(said)
        found = each.snapshot_id
    return found
