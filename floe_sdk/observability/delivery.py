"""Isolated delivery to many listeners: one that raises or hangs changes nothing for the others, nor for the run."""

from __future__ import annotations

import logging
import queue
import threading
import time
import weakref
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from floe_sdk.observability.redaction import redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_logger = logging.getLogger("floe.delivery")


@dataclass(frozen=True)
class DeliveryReport:
    """What became of one listener's messages.

    `pending` were not handled before the deadline, `dropped` found the queue full; `error` is the first failure's text.
    """

    name: str
    delivered: int
    failed: int
    dropped: int
    pending: int
    error: str | None

    @property
    def complete(self) -> bool:
        """Whether the listener took everything."""
        return not (self.failed or self.dropped or self.pending)


class Deliveries:
    """Hands each message to every listener: in order, one at a time, on the listener's own daemon thread.

    A queue holds at most `capacity` messages; a message for a full one is dropped and counted. Failures are counted,
    and logged once for each listener. The threads end with `close`, or when nobody holds this object any more.
    """

    def __init__(self, listeners: Mapping[str, Callable[..., object]], *, capacity: int = 10_000) -> None:
        self._listeners = [_Listener(name, call, capacity) for name, call in listeners.items()]
        _all.update(self._listeners)
        weakref.finalize(self, _close, self._listeners).atexit = False  # type: ignore[misc]  # a property, no slot

    def send(self, *args: Any, **kwargs: Any) -> None:
        """Queue a call of every listener; never waits, and never raises for a listener's sake."""
        for listener in self._listeners:
            listener.put(args, kwargs)

    def flush(self, timeout: float) -> list[DeliveryReport]:
        """Wait until all is handled, the listeners side by side, at most `timeout` seconds; may be called again."""
        deadline = time.monotonic() + timeout
        return [listener.flush(deadline) for listener in self._listeners]

    def close(self) -> None:
        """Let the threads end, each after what is queued for it; what is sent later is dropped."""
        _close(self._listeners)


def _close(listeners: Sequence[_Listener]) -> None:
    for listener in listeners:
        listener.close()


_all: weakref.WeakSet[_Listener] = weakref.WeakSet()


def queues(what: Literal["depth", "dropped"]) -> dict[str, int]:
    """How many messages wait for each listener of this process, or were dropped."""
    sums: dict[str, int] = {}
    for listener in list(_all):
        sums[listener.name] = sums.get(listener.name, 0) + getattr(listener, what)
    return sums


class _Listener:
    def __init__(self, name: str, call: Callable[..., object], capacity: int) -> None:
        self.name = name
        self._call = call
        self._queue: queue.Queue[tuple[tuple[Any, ...], dict[str, Any]] | None] = queue.Queue(capacity)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._delivered = self._failed = self.dropped = 0
        self._error: str | None = None
        self._closed = False

    def put(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        with self._lock:  # several threads may send
            if self._closed:
                self.dropped += 1
                return
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=f"floe {self.name}", daemon=True)
                self._thread.start()
            try:
                self._queue.put_nowait((args, kwargs))
            except queue.Full:
                self.dropped += 1
                if self.dropped == 1:
                    _logger.warning("%s does not keep up: its queue is full, messages are dropped", self.name)

    @property
    def depth(self) -> int:
        """How many messages wait, with the one that is handled."""
        return self._queue.unfinished_tasks

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._thread is not None:
                with suppress(queue.Full):  # it looks at `_closed` after the last message
                    self._queue.put_nowait(None)

    def _work(self) -> None:
        while True:
            message = self._queue.get()
            if message is None:
                self._queue.task_done()
                return
            args, kwargs = message
            try:
                self._call(*args, **kwargs)
                self._delivered += 1
            except BaseException as error:  # noqa: BLE001 - also a listener that calls sys.exit()
                self._failed += 1
                if self._error is None:
                    self._error = redactor.redact(f"{type(error).__name__}: {error}")
                    _logger.warning("%s failed: %s (further failures are counted only)", self.name, self._error)
            finally:
                self._queue.task_done()
            if self._closed and self._queue.empty():
                return

    def flush(self, deadline: float) -> DeliveryReport:
        with self._queue.all_tasks_done:
            remaining = max(0.0, deadline - time.monotonic())
            self._queue.all_tasks_done.wait_for(lambda: not self._queue.unfinished_tasks, remaining)
            pending = self._queue.unfinished_tasks
        return DeliveryReport(self.name, self._delivered, self._failed, self.dropped, pending, self._error)
