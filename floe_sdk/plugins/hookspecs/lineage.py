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
        """Deliver one OpenLineage RunEvent (JSON as a mapping).

        Called in order, one event at a time, on the sink's own thread, run time only. An event counts as delivered when
        this returns: it is on disk until then. `LineageRefused` sets it aside for good; whatever else is raised keeps
        it, to be tried again after a pause (`LineageDelayed` says how long), in this run or the next. Nothing of it
        fails the run or delays another sink. An event whose answer was lost comes again, with the same ids.
        """

    @hookspec
    def lineage_flush(self, timeout: float) -> None:
        """Send what is still held, within `timeout` seconds; called once at the end of a run."""

    @optional_hook
    def lineage_drain_timeout(self) -> float | None:
        """The seconds that this sink may take at the end of a run at most; None is the run's own deadline."""
