"""One request after another until a batch is taken, or until it is clear that it will not be."""

from __future__ import annotations

import random
import threading
import time
from typing import Protocol

GRACE = 0.5
"""Seconds since the first request for which a backend that has never answered is tried again. After that each batch is
one request: who was there before is waited for longer."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 1.0


class Refused(Exception):  # noqa: N818 - what became of one request
    """One request was not taken. `again`: another may be, after `pause` seconds where the backend says so."""

    def __init__(
        self,
        reason: str,
        *,
        again: bool = False,
        pause: float | None = None,
        answered: bool = True,
        unknown: bool = False,
    ) -> None:
        super().__init__(reason)
        self.again = again
        self.pause = pause
        self.answered = answered
        self.unknown = unknown
        """The backend does not have this signal."""


class NotDelivered(Exception):  # noqa: N818 - what became of a batch
    """A batch was not taken; `lost` says how much of it, where that is known."""

    def __init__(self, reason: str, lost: int | None = None) -> None:
        super().__init__(reason)
        if lost is not None:
            self.lost = lost


class Client(Protocol):
    """Speaks one of the two protocols."""

    def request(self, payload: bytes, timeout: float) -> bytes:
        """Send one request and return the answer; raises Refused."""

    def close(self) -> None:
        """Let go of the connection."""


class Backend:
    """What is known of a host, by all senders to it."""

    def __init__(self) -> None:
        self.answered = False
        self.first_asked: float | None = None


class Sender:
    """Sends batches of one signal; tries again what may be tried again, with pauses, for `timeout` seconds in all."""

    def __init__(self, client: Client, timeout: float, backend: Backend | None = None) -> None:
        self._client = client
        self._timeout = timeout
        self._backend = backend or Backend()
        self._ended = threading.Event()
        self.unknown = False

    def send(self, payload: bytes) -> bytes:
        """The answer; raises NotDelivered. Empty for a signal that the backend does not have."""
        if self.unknown:
            return b""
        began = time.monotonic()
        self._backend.first_asked = self._backend.first_asked or began
        pause = _FIRST_PAUSE
        while True:
            left = began + self._timeout - time.monotonic()
            try:
                answer = self._client.request(payload, max(0.1, left))
            except Refused as refused:
                self._backend.answered |= refused.answered
                if refused.unknown:
                    self.unknown = True
                    return b""
                self._wait_or_give_up(refused, began, pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                self._backend.answered = True
                return answer

    def _wait_or_give_up(self, refused: Refused, began: float, pause: float) -> None:
        own = pause * random.uniform(0.8, 1.2)  # noqa: S311 - no secret
        wait = own if refused.pause is None else refused.pause
        limit = began + self._timeout
        if not self._backend.answered:
            limit = min(limit, (self._backend.first_asked or began) + GRACE)
        if not refused.again or time.monotonic() + wait >= limit or self._ended.wait(wait):
            raise NotDelivered(str(refused)) from None

    def close(self) -> None:
        """Stop trying."""
        self._ended.set()
        self._client.close()
