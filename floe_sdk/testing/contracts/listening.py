"""Who hears of a run, for tests: what was said, in which order, and whether two spoke at once."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from floe_sdk import NodeFinished, NodeStarted

_LISTENS = 0.002
"""Seconds that a call takes, so that two at once meet."""


class Said(NamedTuple):
    """One call: `planned`, `started` or `finished`, and what it was given."""

    what: str
    given: Any


class Heard:
    """A `RunListener`. `reply` is called with what each says, `planned`, `started` or `finished`, and the event."""

    def __init__(self, reply: Callable[[str, Any], object] = lambda _what, _given: None) -> None:
        self.said: list[Said] = []
        self.lines: list[str] = []
        self.at_once = 0
        self._reply = reply
        self._busy = threading.Lock()

    def planned(self, node_ids: tuple[str, ...]) -> None:
        """The nodes that will run."""
        self._hear("planned", node_ids)

    def node_started(self, event: NodeStarted) -> None:
        """A node began."""
        self._hear("started", event)

    def node_finished(self, event: NodeFinished) -> None:
        """A node ended."""
        self._hear("finished", event)

    def log(self, level: str, message: str) -> None:
        """A line of the engine's log."""
        self.lines.append(f"{level} {message}")

    def run_started(self, event: Any) -> None:
        """The run began; said by floe, to those that show its progress."""

    def all_of(self, what: str) -> list[Any]:
        """What was given to each call of one kind."""
        return [each.given for each in self.said if each.what == what]

    def ends(self) -> dict[str, NodeFinished]:
        """The last end of each node, by its id."""
        return {event.node_id: event for event in self.all_of("finished")}

    def _hear(self, what: str, given: Any) -> None:
        if not self._busy.acquire(blocking=False):
            self.at_once += 1
            self._busy.acquire()
        try:
            time.sleep(_LISTENS)
            self.said.append(Said(what, given))
            self._reply(what, given)
        finally:
            self._busy.release()
