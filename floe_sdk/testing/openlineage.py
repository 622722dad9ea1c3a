"""`LineageServer`: an OpenLineage server that takes nothing on trust, and misbehaves where it is told to."""

from __future__ import annotations

import gzip
import json
import threading
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from floe_sdk.testing.faults import Answer, Fault
from floe_sdk.testing.marquez_views import Views
from floe_sdk.testing.proxy import FaultProxy
from floe_sdk.testing.traffic import Calls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from floe_sdk.testing.proxy import Exchange
    from floe_sdk.testing.traffic import Request

EVENTS = Calls("POST", "/lineage")
"""The requests that bring events: what `misbehave` is told."""


class LineageServer(FaultProxy):
    """Takes events at `/api/v1/lineage`, each held against the spec's schemas and against the order of its run.

        with LineageServer(api_key="planted-key") as server:
            server.misbehave(Answer(503), EVENTS, times=2)
            ...  # a run that sends to server.uri
        server.check()

    An event that is wrong is answered with 422 and the reasons. `events` are those that were taken, without those that
    came again after a lost answer: these are counted in `repeated`. `known` are ids of runs that others have started.
    Beside that it answers a small part of Marquez' API. Needs jsonschema (`floe-sdk[validate]`).
    """

    def __init__(self, *, port: int = 0, api_key: str | None = None, known: Iterable[str] = ()) -> None:
        from floe_sdk.runtime.lineage.checking import Checker

        super().__init__(port=port)
        self.events: list[dict[str, Any]] = []
        self.problems: list[str] = []
        self._api_key = api_key
        self._checker = Checker(known)
        self._taking = threading.Lock()

    @property
    def repeated(self) -> int:
        """How many events came again."""
        return self._checker.states.repeated

    def check(self) -> None:
        """Raise AssertionError unless every event was right and every run that began has ended."""
        wrong = [*self.problems, *self._checker.states.open()]
        if wrong:
            raise AssertionError("\n".join(wrong))

    def respond(self, request: Request) -> Answer:
        """The server's own answer."""
        if self._api_key and request.headers.get("Authorization") != f"Bearer {self._api_key}":
            return Answer.of(401, {"code": 401, "message": "Credentials are required to access this resource."})
        if EVENTS.match(request):
            return self._take(request)
        found = Views(self.events).answer(request) if request.method == "GET" else None
        return (
            Answer.of(404, {"code": 404, "message": "HTTP 404 Not Found"}) if found is None else Answer.of(200, found)
        )

    def _take(self, request: Request) -> Answer:
        try:
            packed = request.headers.get("Content-Encoding") == "gzip"
            event = _parsed(gzip.decompress(request.body) if packed else request.body)
        except (OSError, ValueError) as error:
            self.problems.append(f"no event: {error}")
            return Answer.of(400, {"code": 400, "message": "Unable to process JSON"})
        with self._taking:
            repeated = self.repeated
            wrong = self._checker.problems(event)
            self.problems += wrong
            if wrong:
                return Answer.of(422, {"errors": wrong})
            if self.repeated == repeated:
                self.events.append(event)
        return Answer(201)


@dataclass
class Flapping(Fault):
    """Every `every`-th request, from the first on, meets `fault`; the others go well."""

    fault: Fault
    every: int = 2
    _count: Iterator[int] = field(default_factory=count, repr=False)

    def apply(self, exchange: Exchange) -> None:
        """Count, and decide."""
        if next(self._count) % self.every == 0:
            self.fault.apply(exchange)
        else:
            exchange.reply(exchange.forward())


def _parsed(body: bytes) -> dict[str, Any]:
    event = json.loads(body)
    if not isinstance(event, dict):
        raise ValueError("an event is an object")  # noqa: TRY004 - of what was sent, not of a call
    return event
