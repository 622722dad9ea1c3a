"""Telemetry as one of the sinks of a run: a span, metrics and, for what failed, a log record for each node."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from floe_sdk.observability import create_span, metrics
from floe_sdk.observability.attributes import database
from floe_sdk.observability.logs import export_only
from floe_sdk.observability.spans import STATE, within
from floe_sdk.plugins.types import PluginType
from floe_sdk.schemas.events import NodeStatus, RunStatus

if TYPE_CHECKING:
    from floe_sdk.observability.spans import Span
    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.events import NodeFinished, NodeStarted, PublishedTable, RunFinished, RunStarted
    from floe_sdk.schemas.graph import Node

_LOGGER = "floe_sdk.run"


class TelemetrySink:
    """Spans of nodes are below `run`, the run's own."""

    def __init__(self, artifacts: CompiledArtifacts, run: Span) -> None:
        self._artifacts = artifacts
        self._nodes = artifacts.transforms.by_id()
        self._run = run
        computes = [each.name for each in artifacts.plugins if each.type == PluginType.COMPUTE.value]
        self._compute = computes[0] if computes else None  # where nodes run that name none
        self._open: dict[str, Span] = {}

    def run_started(self, event: RunStarted) -> None:
        """Name the run in its span."""
        self._run.set_attribute("run_id", event.run_id)
        export_only(_LOGGER, logging.INFO, f"run {event.run_id} began")

    def node_started(self, event: NodeStarted) -> None:
        """Open the node's span, to which the calls for it will belong, on whichever thread."""
        node = self._nodes.get(event.node_id)
        span = create_span(
            "run.node",
            parent=self._run,
            at=event.at,
            node_id=event.node_id,
            **_described(node, event.node_id),
            **{"db.system.name": (node and node.compute) or self._compute, "db.namespace": self._artifacts.namespace},
        )
        self._open[event.node_id] = STATE.named[event.node_id] = span

    def node_finished(self, event: NodeFinished) -> None:
        """End it, with status, rows and the error; count."""
        node = self._nodes.get(event.node_id)
        self._measure(event, node)
        span = self._open.pop(event.node_id, None)
        if span is None:
            return
        span.set_attributes({"status": event.status.value, "failures": event.failures, **_made(event.published)})
        if event.status.failed:
            span.fail(event.message or event.status.value)
        with within(event.node_id):
            self._say(event, node)
        span.end(event.finished_at)
        STATE.named.pop(event.node_id, None)

    def run_finished(self, event: RunFinished) -> None:
        """End what was interrupted."""
        for node_id, span in self._open.items():
            span.fail("interrupted")
            span.end(event.finished_at)
            STATE.named.pop(node_id, None)
        self._open.clear()
        self._run.set_attribute("status", event.status.value)
        if event.status is not RunStatus.SUCCESS:
            self._run.fail(event.message or event.status.value)
        level = logging.INFO if event.status is RunStatus.SUCCESS else logging.ERROR
        said = f"run {event.run_id} ended: {event.status.value}" + (f": {event.message}" if event.message else "")
        export_only(_LOGGER, level, said, status=event.status.value)
        seconds = (event.finished_at - event.started_at).total_seconds()
        metrics.observe(metrics.RUN_DURATION, seconds, status=event.status.value, **self._everywhere())

    def flush(self, timeout: float) -> list[str]:  # noqa: ARG002 - a sink's signature
        """Nothing: the provider flushes."""
        return []

    def _say(self, event: NodeFinished, node: Node | None) -> None:
        """A line for the backends; people are told by the command."""
        level = logging.ERROR if event.status.failed else logging.INFO
        level = logging.WARNING if event.status is NodeStatus.WARN else level
        why = f": {event.message}" if event.status.failed and event.message else ""
        name = node.name if node else event.node_id
        described = _described(node, event.node_id)
        export_only(_LOGGER, level, f"{name} ended: {event.status.value}{why}", status=event.status.value, **described)

    def _measure(self, event: NodeFinished, node: Node | None) -> None:
        if event.status is NodeStatus.SKIPPED:
            return
        common = {**_described(node, event.node_id), **self._everywhere()}
        metrics.observe(metrics.NODE_DURATION, event.seconds, status=event.status.value, **common)
        if event.status.failed:
            metrics.count(metrics.NODE_FAILURES, 1, status=event.status.value, **common)
        metrics.count(metrics.TEST_ROWS, event.failures or 0, **common)
        if event.published is not None:
            metrics.count(metrics.NODE_ROWS, event.published.rows, **common)
            metrics.count(metrics.NODE_BYTES, event.published.bytes, **common)

    def _everywhere(self) -> dict[str, str]:
        """What says whose measurements they are also where a backend drops the resource."""
        return {"product": self._artifacts.metadata.product, "environment": self._artifacts.environment}


def _made(table: PublishedTable | None) -> dict[str, object]:
    if table is None:
        return {}
    return {
        **database(None, table.namespace, table.table, table.operation),
        "rows": table.rows,
        "bytes": table.bytes,
        "table": f"{table.namespace}.{table.table}",
        "snapshot_id": str(table.snapshot_id),
    }


def _described(node: Node | None, node_id: str) -> dict[str, str | None]:
    if node is None:
        return {"node": node_id, "kind": None, "materialization": None}
    materialization = node.materialization.value if node.materialization else None
    return {"node": node.name, "kind": node.kind.value, "materialization": materialization}
