"""What a lineage plugin raises when it could not deliver an event, so that the right thing is done with it."""

from __future__ import annotations


class LineageRefused(Exception):  # noqa: N818 - the backend's word, not a fault of this side
    """The backend will never take this event. It is set aside with the reason, and the next one is sent.

    Everything else that `lineage_emit` raises means "not now": the event is kept and tried again, in order.
    """


class LineageDelayed(Exception):  # noqa: N818 - as above
    """Not now; `retry_after` are the seconds that the backend asks for."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
