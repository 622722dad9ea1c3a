"""What a `FaultProxy` sees and is told: requests, which of them are meant, and what is to happen to those."""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from email.message import Message

    from floe_sdk.testing.faults import Fault


@dataclass(frozen=True)
class Request:
    """One request as it came in; `target` is the path with its query, `at` the monotonic time of its arrival."""

    method: str
    target: str
    headers: Message
    body: bytes = b""
    at: float = field(default_factory=time.monotonic)

    @property
    def path(self) -> str:
        """Without the query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The last value of each parameter."""
        pairs = parse_qs(urlsplit(self.target).query, keep_blank_values=True)
        return {name: values[-1] for name, values in pairs.items()}

    @property
    def form(self) -> dict[str, str]:
        """The body of a form."""
        return {name: values[-1] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}

    @property
    def json(self) -> Any:
        """The body, parsed; an empty one is None."""
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True)
class Calls:
    """Which requests are meant: those of `method` (None: any) whose path, with its query, holds the pattern `path`."""

    method: str | None = None
    path: str = ""

    def match(self, request: Request) -> bool:
        """Whether `request` is one of them."""
        return self.method in (None, request.method) and re.search(self.path, request.target) is not None


ANY = Calls()
"""Every request."""


class Rule:
    """A fault in force: for the next `times` matching requests (None: for all), after `after` that go well."""

    def __init__(self, fault: Fault, where: Calls, times: int | None, after: int) -> None:
        self.fault = fault
        self.where = where
        self.times = times
        self.after = after
        self.used = 0
        self._lock = threading.Lock()

    def take(self, request: Request) -> bool:
        """Whether it applies to this request, which counts then."""
        if not self.where.match(request):
            return False
        with self._lock:
            if self.after > 0:
                self.after -= 1
                return False
            if self.times is not None and self.used >= self.times:
                return False
            self.used += 1
            return True
