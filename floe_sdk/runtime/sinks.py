"""Who hears of a run: traces, observers, and (beside this file) lineage. Each keeps what it needs to end cleanly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from floe_sdk.observability import create_span
from floe_sdk.schemas.events import RunStatus

if TYPE_CHECKING:
    from floe_sdk.observability.spans import Span
    from floe_sdk.plugins.host import Platform
    from floe_sdk.schemas.events import NodeFinished, NodeStarted, RunFinished, RunStarted
    from floe_sdk.schemas.graph import Graph


class RunSink(Protocol):
    """Called by one thread at a time; never raises for a backend's sake."""

    def run_started(self, event: RunStarted) -> None:
        """The run began."""

    def node_started(self, event: NodeStarted) -> None:
        """A node began."""

    def node_finished(self, event: NodeFinished) -> None:
        """A node ended."""

    def run_finished(self, event: RunFinished) -> None:
        """The run ended; nodes that began and did not end were interrupted."""

    def flush(self, timeout: float) -> list[str]:
        """Deliver what is held within `timeout` seconds; returns a warning for each backend that did not take it."""


class SpanSink:
    """A span for each node, below the run's."""

    def __init__(self, graph: Graph, run: Span) -> None:
        self._nodes = graph.by_id()
        self._run = run
        self._open: dict[str, Span] = {}

    def run_started(self, event: RunStarted) -> None:
        """Name the run in its span."""
        self._run.set_attribute("run_id", event.run_id)

    def node_started(self, event: NodeStarted) -> None:
        """Open the node's span."""
        node = self._nodes.get(event.node_id)
        self._open[event.node_id] = create_span(
            "run.node",
            parent=self._run,
            at=event.at,
            node_id=event.node_id,
            node=node.name if node else event.node_id,
            kind=node.kind.value if node else None,
            materialization=node.materialization.value if node and node.materialization else None,
        )

    def node_finished(self, event: NodeFinished) -> None:
        """End it, with status, rows and the error."""
        span = self._open.pop(event.node_id, None)
        if span is None:
            return
        span.set_attribute("status", event.status.value)
        span.set_attribute("failures", event.failures)
        if event.published is not None:
            span.set_attribute("rows", event.published.rows)
            span.set_attribute("table", f"{event.published.namespace}.{event.published.table}")
            span.set_attribute("snapshot_id", str(event.published.snapshot_id))
        if event.status.failed:
            span.fail(event.message or event.status.value)
        span.end(event.finished_at)

    def run_finished(self, event: RunFinished) -> None:
        """End what was interrupted."""
        for span in self._open.values():
            span.fail("interrupted")
            span.end(event.finished_at)
        self._open.clear()
        self._run.set_attribute("status", event.status.value)
        if event.status is not RunStatus.SUCCESS:
            self._run.fail(event.message or event.status.value)

    def flush(self, timeout: float) -> list[str]:  # noqa: ARG002 - a sink's signature
        """Nothing: the provider is shut down at the end."""
        return []


class ObserverSink:
    """The broadcast hooks of the platform's plugins."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._run_id = ""

    def run_started(self, event: RunStarted) -> None:
        """Tell them."""
        self._run_id = event.run_id
        self._platform.observers.run_started(event=event)

    def node_started(self, event: NodeStarted) -> None:
        """There is no such hook."""

    def node_finished(self, event: NodeFinished) -> None:
        """Tell them."""
        self._platform.observers.node_finished(run_id=self._run_id, event=event)

    def run_finished(self, event: RunFinished) -> None:
        """Tell them."""
        self._platform.observers.run_finished(event=event)

    def flush(self, timeout: float) -> list[str]:
        """Wait for the observers."""
        return [
            f"the observer {report.name} missed events of this run"
            + (f": {report.error}" if report.error else f" ({report.pending} not handled in {timeout:g} s)")
            for report in self._platform.flush(timeout)
            if not report.complete
        ]
