"""One sink's thread: the events of each run in their order, one at a time, tried again until they are taken."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from floe_sdk.observability.redaction import redactor
from floe_sdk.schemas.delivery import LineageRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from floe_sdk.runtime.lineage.spool_file import SpoolFile

    Event = Mapping[str, Any]
    Item = tuple[int, Event | None]

HELD = 1_000
"""Events of a run that are held in memory for a sink; what is beyond is read from disk when its turn comes."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 30.0
"""Seconds between two tries: from the first on twice as many each time."""
GATHERED = 0.1
"""Seconds that a sink with nothing to do lets events come together in: waking for each would cost more than sending."""
LAST_TRIES = 4
"""How often in a row a sink may fail at the end of a run before it is left alone; half of it, if it never answered."""

_log = logging.getLogger("floe_sdk.lineage")


@dataclass
class SinkReport:
    """What became of the events of one sink: `waiting` are on disk, `lost` could not be kept there.

    `error` is the last failure's text, unless an event was taken after it; `refusal` that of the last refused event.
    """

    name: str
    delivered: int = 0
    refused: int = 0
    waiting: int = 0
    lost: int = 0
    error: str | None = None
    refusal: str | None = None


@dataclass
class _Queue:
    """One run's events for one sink: the next ones in memory; `behind` when there are more on disk than here."""

    file: SpoolFile | None
    memory: deque[Item] = field(default_factory=deque)
    behind: bool = False
    last: int = -1

    @property
    def empty(self) -> bool:
        return not self.memory and not self.behind


class Sender:
    """Hands events to one sink; never waits for it, and what it raises touches nobody else.

    `refused` is told of an event that the sink will never take. A run whose next event fails lets the other runs pass,
    so that one event that is never taken holds up its own run only.
    """

    def __init__(
        self,
        name: str,
        emit: Callable[[Event], object],
        *,
        flush: Callable[[float], object] | None = None,
        refused: Callable[[str, SpoolFile | None, Event, str], None],
    ) -> None:
        self.report = SinkReport(name)
        self._name, self._emit, self._flush, self._refused = name, emit, flush, refused
        self._queues: dict[str, _Queue] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._deadline: float | None = None
        self._tries: int | None = None
        self._stopped = self._finished = self._given_up = False
        self._failures = self._last_tries = 0
        self._not_before = 0.0
        self._asked_to_wait = False

    def put(self, file: SpoolFile | None, number: int, event: Event) -> None:
        """Queue one event that is on disk, or, without a file, one that could not be kept there."""
        with self._changed:
            if not any(not each.empty for each in self._queues.values()):
                self._not_before = max(self._not_before, time.monotonic() + GATHERED)
                self._wake()
            queue = self._queue(file)
            if queue.behind or len(queue.memory) >= HELD:
                queue.behind = file is not None
                self.report.lost += file is None
            else:
                queue.memory.append((number, event))

    def resume(self, file: SpoolFile) -> None:
        """Queue what a former run's file still holds for this sink."""
        with self._changed:
            self._queue(file).behind = True
            self._wake()

    def finish(self, deadline: float, tries: int | None = None) -> None:
        """No event comes after this; have it all sent, and flushed, before `deadline` (monotonic).

        A sink that fails is left alone after `tries` failures in a row.
        """
        with self._changed:
            self._deadline, self._tries = deadline, tries
            if not self._asked_to_wait:
                self._not_before = 0.0
            elif self._not_before >= deadline and any(not queue.empty for queue in self._queues.values()):
                self._given_up = True
            self._wake()

    def wait(self) -> SinkReport:
        """Wait for that, until the deadline; what is being sent then is still noted when it is taken, and no more."""
        with self._changed:
            while not self._finished and (left := (self._deadline or 0.0) - time.monotonic()) > 0:
                self._changed.wait(left)
            if not self._finished and self.report.error is None:
                self.report.error = "no answer before the run's end"
            self._stopped = True
            self._changed.notify_all()
            unkept = self._queues.get("")
            self.report.lost += len(unkept.memory) if unkept else 0
        return self.report

    def _queue(self, file: SpoolFile | None) -> _Queue:
        return self._queues.setdefault(file.run_id if file else "", _Queue(file))

    def _wake(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=f"floe lineage {self._name}", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _work(self) -> None:
        while (queue := self._next()) is not None:
            if not queue.memory:
                self._load(queue)
                continue
            number, event = queue.memory[0]
            if event is None:
                self._pass(queue, number)
            elif (taken := self._send(queue, number, event)) is not None:
                self._pass(queue, number, refused=not taken)

    def _next(self) -> _Queue | None:
        """The next run with something to send, when it may be sent; None is the end."""
        with self._changed:
            while not self._stopped:
                ready = next((queue for queue in self._queues.values() if not queue.empty), None)
                if self._given_up or (ready is None and self._deadline is not None):
                    break
                pause = self._not_before - time.monotonic()
                if ready is not None and pause <= 0:
                    return ready
                self._changed.wait(None if ready is None else pause)
            stopped = self._stopped
        if not stopped:
            self._end()
        return None

    def _end(self) -> None:
        """Nothing more is handed over: let the sink send what it holds itself."""
        if self._flush is not None:
            try:
                self._flush(max(0.0, (self._deadline or 0.0) - time.monotonic()))
            except Exception as error:  # noqa: BLE001 - a plugin may raise anything
                self._note(error)
        self._finish()

    def _finish(self) -> None:
        with self._changed:
            self._finished = True
            self._changed.notify_all()

    def _load(self, queue: _Queue) -> None:
        """Fetch from disk what did not fit into memory, or is left over from a former run.

        A sink that fails is tried with one event: reading more would cost a run more, the more runs wait.
        """
        limit = 1 if self._failures else HELD
        with self._changed:
            queue.behind = False
        found: Sequence[Item] = ()
        if queue.file is not None:
            try:
                found = queue.file.not_taken(self._name, queue.last, limit + 1)
            except OSError as error:
                self._failed(queue, error)
                queue.behind = True
        with self._changed:
            if len(found) > limit:
                queue.memory, queue.behind = deque(found[:limit]), True
            elif found:
                queue.memory = deque([*found, *(each for each in queue.memory if each[0] > found[-1][0])])

    def _send(self, queue: _Queue, number: int, event: Event) -> bool | None:
        """True when the sink took it, False when it never will; None is not yet."""
        taken = True
        try:
            self._emit(event)
        except LineageRefused as error:
            taken = False
            self.report.refused += 1
            self.report.refusal = redactor.redact(str(error))
            self._refused(self._name, queue.file, event, self.report.refusal)
            _log.debug("lineage/%s refuses event %d: %s", self._name, number, self.report.refusal)
        except BaseException as error:  # noqa: BLE001 - also a sink that calls sys.exit()
            self._failed(queue, error)
            return None
        else:
            self.report.delivered += 1
            self.report.error = None
        self._failures = self._last_tries = 0
        self._asked_to_wait = False
        return taken

    def _pass(self, queue: _Queue, number: int, *, refused: bool = False) -> None:
        """Note that the sink is done with an event."""
        if queue.file is not None:
            try:
                queue.file.mark(self._name, number, refused=refused)
            except OSError as error:  # it will be sent again, with the same ids
                self._note(error)
        self._next_event(queue, number)

    def _next_event(self, queue: _Queue, number: int) -> None:
        with self._changed:
            queue.memory.popleft()
            queue.last = number

    def _note(self, error: BaseException) -> None:
        text = str(error)
        self.report.error = redactor.redact(text or type(error).__name__)
        _log.debug("lineage/%s: %s", self._name, self.report.error, exc_info=error)

    def _failed(self, queue: _Queue, error: BaseException) -> None:
        """Pause, longer each time, and let another run be the next; at the end of the run give up after some tries."""
        self._note(error)
        self._failures += 1
        asked = getattr(error, "retry_after", None)
        with self._changed:
            if len(self._queues) > 1:
                key = queue.file.run_id if queue.file else ""
                self._queues[key] = self._queues.pop(key)
            pause = min(FIRST_PAUSE * 2 ** min(self._failures - 1, 10), LONGEST_PAUSE) * random.uniform(0.8, 1.2)  # noqa: S311 - spreads clients, is no secret
            if self._deadline is not None:
                self._last_tries += 1
                pause = FIRST_PAUSE * self._last_tries
            self._asked_to_wait = isinstance(asked, (int, float))
            if isinstance(asked, (int, float)):
                pause = max(0.0, float(asked))
            self._not_before = time.monotonic() + pause
            if self._hopeless():
                self._given_up = True

    def _hopeless(self) -> bool:
        """Whether going on before the deadline is of no use."""
        if self._deadline is None:
            return False
        tries = self._tries or (LAST_TRIES if self.report.delivered else LAST_TRIES // 2)
        return self._last_tries >= tries or self._not_before >= self._deadline
