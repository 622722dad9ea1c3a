"""Runs by what they left in the catalog: those of other machines, and of this one beyond what it remembers."""

from __future__ import annotations

import logging
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from floe_sdk.runtime.runs.record import PUBLISHED, NodeRecord, RunRecord, RunSummary
from floe_sdk.runtime.tables.listing import belongs, connect, namespaces_of, of_another, readable
from floe_sdk.runtime.tables.snapshots import summary_of
from floe_sdk.schemas.events import NodeStatus
from floe_sdk.schemas.session import NODE_ID_PROPERTY, RUN_ID_PROPERTY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyiceberg.table import Table
    from pyiceberg.table.snapshots import Snapshot

    from floe_sdk.errors import FloeError
    from floe_sdk.plugins.host import Platform

_log = logging.getLogger("floe.runs")


def catalog_runs(platform: Platform) -> dict[str, RunRecord]:
    """The runs whose snapshots the product's tables in this environment still have, by id.

    When a run began and how it ended is not there: its times are those of its first and last commit.
    """
    nodes: dict[str, list[NodeRecord]] = {}
    for table in _tables(platform):
        for snapshot in table.snapshots():
            said = summary_of(snapshot)
            run_id, node_id = said.get(RUN_ID_PROPERTY), said.get(NODE_ID_PROPERTY)
            if run_id and node_id:
                nodes.setdefault(run_id, []).append(_node(table, snapshot, node_id))
    context = platform.context
    found = {}
    for run_id, made in nodes.items():
        made.sort(key=lambda node: node.finished_at or datetime.min.replace(tzinfo=timezone.utc))
        summary = RunSummary(
            run_id=run_id,
            product=context.product,
            environment=context.environment,
            status=PUBLISHED,
            started_at=made[0].finished_at,
            finished_at=made[-1].finished_at,
            origin="catalog",
        )
        found[run_id] = RunRecord(summary, tuple(made)).counted()
    return found


def _tables(platform: Platform) -> Iterator[Table]:
    catalog = connect(platform)
    own = platform.catalog.catalog_namespace()
    chosen = [name for name in namespaces_of(catalog) if belongs(name, own)]
    for table in readable(catalog, chosen, _left_out):
        if not of_another(table, platform.context):
            yield table


def _left_out(error: FloeError) -> None:
    _log.warning("the runs of a table are left out: %s", error.as_warning())


def _node(table: Table, snapshot: Snapshot, node_id: str) -> NodeRecord:
    said = summary_of(snapshot)

    def number(key: str) -> int | None:
        return int(said[key]) if key in said else None

    return NodeRecord(
        id=node_id,
        name=table.name()[-1],
        kind=node_id.partition(".")[0],
        table=".".join(table.name()[-2:]),
        status=NodeStatus.SUCCESS.value,
        finished_at=datetime.fromtimestamp(snapshot.timestamp_ms / 1000, timezone.utc),
        rows=number("added-records") or 0,
        bytes=number("added-files-size") or 0,
        files=number("added-data-files"),
        total_rows=number("total-records"),
        snapshot_id=str(snapshot.snapshot_id),
        operation=snapshot.summary.operation.value if snapshot.summary else None,
    )
