"""The contract of a lineage plugin: deliver OpenLineage events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from floe_sdk.plugins.markers import hookspec, optional_hook, required_hook

if TYPE_CHECKING:
    from collections.abc import Mapping


class LineageSpec:
    """Hooks of type `lineage`; any number of plugins, each delivered to on a thread of its own."""

    @required_hook
    def lineage_emit(self, event: Mapping[str, Any]) -> None:
        """Deliver one OpenLineage RunEvent (JSON as a mapping; `floe_sdk.event_json` gives its text, made once).

        In each run's order, one event at a time. An event counts as delivered when this returns: it is on disk until
        then. One whose answer was lost comes again, with the same ids.

        When: In a run, for each event; `floe lineage flush`, and the next run, for those that were kept.
        Caller: The sender of this sink.
        Thread: The sink's own.
        Deadline: None for one event: give it a time-out of its own. The end of a run waits
            `observability.flush_timeout` for all sinks together.
        Errors: `LineageRefused` sets the event aside for good; whatever else is raised keeps it, to be tried again
            after a pause (`LineageDelayed` says how long). Nothing of it fails the run or delays another sink.
        """

    @hookspec
    def lineage_flush(self, timeout: float) -> None:
        """Send what is still held, within `timeout` seconds.

        When: Once at the end of a run, after the last event was handed over.
        Caller: The sender of this sink.
        Thread: The sink's own.
        Deadline: `timeout`: what is left of the end's deadline.
        Errors: What is raised is told in the line about this sink.
        """

    @optional_hook
    def lineage_drain_timeout(self) -> float | None:
        """The seconds that this sink may take at the end of a run at most; None is the run's own deadline.

        When: Once a run, when it begins.
        Caller: The run.
        Thread: The run's.
        Deadline: None; it answers at once.
        Errors: What is raised counts as None.
        """
