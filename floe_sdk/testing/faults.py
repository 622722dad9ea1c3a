"""What may go wrong with one request: each fault decides what the server hears and what the client gets."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from floe_sdk.testing.proxy import Exchange


class Fault(ABC):
    """Subclass it for a fault of your own; `Exchange` has what it may do with a request."""

    @abstractmethod
    def apply(self, exchange: Exchange) -> None:
        """Handle the request in place of plain forwarding."""


@dataclass(frozen=True)
class Answer(Fault):
    """An answer. As a fault: the client gets it, and the server never hears of the request."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, status: int, document: Any) -> Answer:
        """A JSON document."""
        return cls(status, json.dumps(document).encode(), {"Content-Type": "application/json"})

    @property
    def json(self) -> Any:
        """The body, parsed; an empty one is None."""
        return json.loads(self.body) if self.body else None

    def with_json(self, document: Any) -> Answer:
        """The same with another document."""
        return replace(self, body=json.dumps(document).encode())

    def apply(self, exchange: Exchange) -> None:
        """Answer at once."""
        exchange.read()
        exchange.reply(self)


@dataclass(frozen=True)
class Instead(Fault):
    """The server does what it was asked, and the client gets `answer` instead of the server's own."""

    answer: Answer

    def apply(self, exchange: Exchange) -> None:
        """Forward, then answer."""
        exchange.forward()
        exchange.reply(self.answer)


@dataclass(frozen=True)
class Change(Fault):
    """The server's answer goes through `change`."""

    change: Callable[[Answer], Answer]

    def apply(self, exchange: Exchange) -> None:
        """Forward, and answer with what `change` makes of it."""
        exchange.reply(self.change(exchange.forward()))


@dataclass(frozen=True)
class Slow(Fault):
    """`seconds` pass before the server hears of the request, or (`after`) before the client gets the answer."""

    seconds: float
    after: bool = False

    def apply(self, exchange: Exchange) -> None:
        """Wait, and go on as if nothing were."""
        if not self.after:
            exchange.wait(self.seconds)
        answer = exchange.forward()
        if self.after:
            exchange.wait(self.seconds)
        exchange.reply(answer)


@dataclass(frozen=True)
class Cut(Fault):
    """The connection is cut: before the server hears of the request; when `size` bytes of its body are read (the server
    hears nothing either); after the server did it, without an answer; or when `size` bytes of the answer are sent.
    """

    when: Literal["before", "request", "after", "answer"] = "before"
    size: int = 0

    def apply(self, exchange: Exchange) -> None:
        """Go on to that moment, then cut."""
        if self.when == "request":
            exchange.read(self.size)
        elif self.when == "after":
            exchange.forward()
        elif self.when == "answer":
            exchange.reply(exchange.forward(), only=self.size)
        exchange.cut()


def redirect(location: str, status: int = 307) -> Answer:
    """Send the client to `location`."""
    return Answer(status, headers={"Location": location})
