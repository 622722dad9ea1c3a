"""Lineage into a queue of messages."""

from collections.abc import Mapping
from typing import Any

from floe_sdk import LineageDelayed, LineageRefused, PluginType, hookimpl
from floe_sdk.testing import loaded


class Queue:
    """Takes small messages, and a few at once."""

    def __init__(self) -> None:
        self.held: list[str] = []

    @hookimpl
    def lineage_emit(self, event: Mapping[str, Any]) -> None:
        if len(str(event)) > 1000:
            raise LineageRefused("the message is too large")  # set aside: it will never be taken
        if len(self.held) == 2:
            raise LineageDelayed("the queue is full", retry_after=1.0)  # kept on disk, and tried again
        self.held.append(event["eventType"])

    @hookimpl
    def lineage_flush(self, timeout: float) -> None:
        print("sent:", ", ".join(self.held))
        self.held.clear()

    @hookimpl
    def lineage_drain_timeout(self) -> float | None:
        return 1.5


# lineage_emit
with loaded(lineage=Queue) as platform:
    queue = dict(platform.each(PluginType.LINEAGE))["queue"]
    queue.lineage_emit(event={"eventType": "START"})
    queue.lineage_emit(event={"eventType": "COMPLETE"})
    try:
        queue.lineage_emit(event={"eventType": "START"})
    except LineageDelayed as delayed:
        print(delayed, delayed.retry_after)
        # => the queue is full 1.0

# lineage_flush
with loaded(lineage=Queue) as platform:
    queue = dict(platform.each(PluginType.LINEAGE))["queue"]
    queue.lineage_emit(event={"eventType": "START"})
    queue.lineage_flush(timeout=3)
    # => sent: START

# lineage_drain_timeout
with loaded(lineage=Queue) as platform:
    print(dict(platform.each(PluginType.LINEAGE))["queue"].lineage_drain_timeout())
    # => 1.5
