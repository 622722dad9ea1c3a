"""OAuth2 tokens: had by client credentials, renewed ahead of their end, shared by all threads."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS_BETWEEN_FAILURES = 1.0
"""How long a token that is still good is used before its renewal, which failed, is tried again."""


@dataclass(frozen=True)
class Token:
    """A token and how many seconds it lives; None where the server did not say."""

    value: str
    seconds: float | None


class Tokens:
    """Gives out a token that is valid for a while yet.

    `fetch` asks the server. It is called by one thread at a time; a failure is raised to who needs a token now, and
    the next one who does has it tried again.
    """

    def __init__(self, fetch: Callable[[], Token], margin: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._margin = margin
        self._clock = clock
        self._lock = threading.Lock()
        self._token: str | None = None
        self._renew_at: float | None = None
        self._ends_at: float | None = None

    def get(self) -> str:
        """The present token, or a new one where it is over or soon will be."""
        with self._lock:
            now = self._clock()
            if self._token is None:
                return self._renew()
            if self._renew_at is not None and now >= self._renew_at:
                try:
                    return self._renew()
                except Exception:
                    if self._ends_at is None or now >= self._ends_at:
                        raise
                    self._renew_at = now + SECONDS_BETWEEN_FAILURES
            return self._token

    def refused(self, token: str) -> None:
        """The server does not take `token` (any more): have another one, unless somebody has got it already."""
        with self._lock:
            if self._token == token:
                self._token = None

    def _renew(self) -> str:
        asked = self._clock()
        token = self._fetch()
        self._token = token.value
        self._ends_at = self._renew_at = None
        if token.seconds is not None:
            self._ends_at = asked + token.seconds
            self._renew_at = self._ends_at - min(self._margin, token.seconds / 2)
        return token.value
