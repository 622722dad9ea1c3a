"""What passes between a run and its lineage plugins: events, and what a plugin raises that could not deliver one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any


class LineageEvent(dict[str, Any]):
    """An event that is not changed any more, so that its text is made once for all who write it."""

    @cached_property
    def text(self) -> str:
        """One line of JSON."""
        return json.dumps(self, ensure_ascii=False)


def event_json(event: Mapping[str, Any]) -> str:
    """An event as one line of JSON; of those that a run hands over it is made once for all sinks."""
    return event.text if isinstance(event, LineageEvent) else json.dumps(event, ensure_ascii=False)


class LineageRefused(Exception):  # noqa: N818 - the backend's word, not a fault of this side
    """The backend will never take this event. It is set aside with the reason, and the next one is sent.

    Everything else that `lineage_emit` raises means "not now": the event is kept and tried again, in order.
    """


class LineageDelayed(Exception):  # noqa: N818 - as above
    """Not now; `retry_after` are the seconds that the backend asks for."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
