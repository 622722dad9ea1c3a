"""What every sink of a run answers to, and the one that tells observers; the others are beside this file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from floe_sdk.plugins.host import Platform
    from floe_sdk.schemas.events import NodeFinished, NodeStarted, RunFinished, RunStarted


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
