"""One sink of telemetry: a bounded queue and a thread of its own, whatever its exporters do."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from floe_sdk.observability.redaction import redactor

if TYPE_CHECKING:
    from opentelemetry.sdk._logs.export import LogRecordExporter
    from opentelemetry.sdk.metrics.export import MetricExporter
    from opentelemetry.sdk.trace.export import SpanExporter

SPANS, METRICS, LOGS = "spans", "metrics", "log lines"
Export = Callable[[Any], None]
"""Hands a batch to an exporter; raises where it was not taken."""
Collect = Callable[[], tuple[int, Any]]
"""The metrics of now, and how many they are."""

_log = logging.getLogger("floe_sdk.telemetry")


@dataclass(frozen=True)
class Exporters:
    """What one telemetry plugin exports with; None for a signal that it does not take."""

    name: str
    spans: SpanExporter | None = None
    metrics: MetricExporter | None = None
    logs: LogRecordExporter | None = None


@dataclass(frozen=True)
class Limits:
    """How much a sink holds, and when it sends; `OTEL_BSP_*` and `OTEL_METRIC_EXPORT_INTERVAL` say otherwise.

    The first items are sent soon: a connection is there then, or known not to be, when a short command ends.
    """

    queue: int = 8192
    batch: int = 512
    delay: float = 1.0
    first: float = 0.1
    interval: float = 60.0

    @classmethod
    def from_environment(cls) -> Limits:
        """With what the variables of OpenTelemetry's batch processor say."""
        return cls(
            queue=int(_number("OTEL_BSP_MAX_QUEUE_SIZE", cls.queue)),
            batch=int(_number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", cls.batch)),
            delay=_number("OTEL_BSP_SCHEDULE_DELAY", cls.delay * 1000) / 1000,
            interval=_number("OTEL_METRIC_EXPORT_INTERVAL", cls.interval * 1000) / 1000,
        )


def _number(variable: str, default: float) -> float:
    try:
        number = float(os.environ.get(variable) or default)
    except ValueError:
        return default
    return number if number > 0 else default


@dataclass
class Counts:
    """What became of one signal; `lost` are the failed and the dropped."""

    delivered: int = 0
    failed: int = 0
    dropped: int = 0

    @property
    def lost(self) -> int:
        return self.failed + self.dropped


@dataclass
class SinkState:
    """What a sink says of itself; `waiting` are in its queue or on their way."""

    counts: dict[str, Counts] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    error: str | None = None


class Sink:
    """Sends what it is given, a batch at a time, on one daemon thread that begins with the first item.

    A full queue lets go of its oldest item, so that the end of a run, and with it the root of its trace, is kept.
    `collect` gives the metrics of now; it is called on the sink's thread, at each interval and at the end.
    """

    def __init__(self, name: str, exports: dict[str, Export], close: Callable[[], None], limits: Limits) -> None:
        self.name = name
        self.collect: Collect | None = None
        self._exports = exports
        self._close_exporters = close
        self._limits = limits
        self._queue: deque[tuple[str, Any]] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._working: list[str] = []
        self._flushes = self._flushed = 0
        self._closing = self._sent = False
        self._state = SinkState({signal: Counts() for signal in exports})
        self._collected = self._since = time.monotonic()

    def put(self, signal: str, item: Any) -> None:
        """Queue an item; never waits."""
        with self._changed:
            if self._closing:
                return
            if len(self._queue) >= self._limits.queue:
                oldest, _ = self._queue.popleft()
                self._state.counts[oldest].dropped += 1
            if not self._queue:
                self._since = time.monotonic()
            self._queue.append((signal, item))
            if self._thread is None:
                self._start()
            elif len(self._queue) in (1, self._limits.batch):
                self._changed.notify_all()

    @property
    def depth(self) -> int:
        """How many items wait."""
        return len(self._queue) + len(self._working)

    @property
    def dropped(self) -> int:
        """How many found the queue full."""
        return sum(each.dropped for each in self._state.counts.values())

    def flush(self, deadline: float) -> bool:
        """Wait until everything was sent, metrics too, at the latest until `deadline` (of the monotonic clock)."""
        with self._changed:
            if self._thread is None and (self._closing or self.collect is None):
                return True
            if self._thread is None:
                self._start()
            self._flushes += 1
            mine = self._flushes
            self._changed.notify_all()
            return self._changed.wait_for(lambda: self._flushed >= mine, max(0.0, deadline - time.monotonic()))

    def close(self) -> SinkState:
        """Take nothing more; the thread ends after what it is doing. What still waits is counted as waiting."""
        with self._changed:
            self._closing = True
            waiting = [signal for signal, _ in self._queue] + self._working
            self._queue.clear()
            self._changed.notify_all()
        self._state.waiting = {signal: waiting.count(signal) for signal in dict.fromkeys(waiting)}
        return self._state

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._work, name=f"floe {self.name}", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._wait()
                flushing, closing = self._flushes, self._closing
                due_metrics = flushing > self._flushed or self._metrics_due()
                batch = [self._queue.popleft() for _ in range(min(len(self._queue), self._limits.batch))]
                more, self._since = bool(self._queue), time.monotonic()
                self._working = [signal for signal, _ in batch]
            if closing:
                break
            self._send(batch)
            self._sent = True
            if due_metrics and not more:
                self._send_metrics()
            with self._changed:
                self._working = []
                if not self._queue:
                    self._flushed = max(self._flushed, flushing)
                self._changed.notify_all()
        self._end()

    def _due(self) -> bool:
        return self._closing or self._flushes > self._flushed or len(self._queue) >= self._limits.batch

    def _wait(self) -> None:
        """Until there is something to do now, or it is time for what waits."""
        while not self._due():
            seconds = self._seconds()
            if seconds is not None and seconds <= 0:
                return
            self._changed.wait(seconds)

    def _seconds(self) -> float | None:
        """Until it is time; None where nothing waits for a time."""
        times = []
        if self._queue:
            times.append(self._since + (self._limits.delay if self._sent else self._limits.first))
        if self.collect is not None:
            times.append(self._collected + self._limits.interval)
        return min(times) - time.monotonic() if times else None

    def _metrics_due(self) -> bool:
        return self.collect is not None and time.monotonic() >= self._collected + self._limits.interval

    def _send(self, batch: Sequence[tuple[str, Any]]) -> None:
        for signal in dict.fromkeys(signal for signal, _ in batch):
            items = [item for each, item in batch if each == signal]
            counts = self._state.counts[signal]
            lost = self._export(signal, items, len(items))
            counts.failed += lost
            counts.delivered += len(items) - lost
            self._working = [each for each in self._working if each != signal]

    def _send_metrics(self) -> None:
        """Metrics are sums since the start, so what counts is how it went the last time."""
        if self.collect is None:
            return
        self._collected = time.monotonic()
        number, metrics = self.collect()
        if number:
            self._working = [METRICS] * number
            lost = self._export(METRICS, metrics, number)
            self._state.counts[METRICS] = Counts(delivered=number - lost, failed=lost)

    def _export(self, signal: str, items: Any, number: int) -> int:
        """How many were not taken: all of a batch that an exporter raises for, unless its error says `lost`."""
        try:
            self._exports[signal](items)
        except BaseException as error:  # noqa: BLE001 - a plugin's exporter may raise anything, and a run goes on
            reason = " ".join(redactor.redact(str(error) or type(error).__name__).split())
            self._state.error = self._state.error or reason
            _log.debug("%s did not take %d %s: %s", self.name, number, signal, reason)
            return min(number, int(getattr(error, "lost", number)))
        return 0

    def _end(self) -> None:
        try:
            self._close_exporters()
        except Exception as error:  # noqa: BLE001 - as above
            _log.debug("%s could not be closed: %s", self.name, redactor.redact(str(error)))
