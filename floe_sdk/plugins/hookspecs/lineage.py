"""The contract of a lineage plugin: deliver OpenLineage events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from floe_sdk.plugins.markers import hookspec, required_hook

if TYPE_CHECKING:
    from collections.abc import Mapping


class LineageSpec:
    """Hooks of type `lineage`; any number of plugins, each delivered to on a thread of its own."""

    @required_hook
    def lineage_emit(self, event: Mapping[str, Any]) -> None:
        """Deliver one OpenLineage RunEvent (JSON as a mapping).

        Called in order, one event at a time, on the sink's own thread, run time only. What it raises is counted,
        logged once and never fails the run; a hanging call delays no other sink.
        """

    @hookspec
    def lineage_flush(self, timeout: float) -> None:
        """Send what is still held, within `timeout` seconds; called once at the end of a run."""
