"""`count` and `observe`: metrics where telemetry is on, nothing at all where it is off. Imports no OpenTelemetry."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from floe_sdk.observability.attributes import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from opentelemetry.metrics import CallbackOptions, Meter, Observation

    Gauges = Callable[[], Mapping[str, int]]

_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600]


@dataclass(frozen=True)
class Metric:
    """An instrument: its unit, and what it says."""

    unit: str
    description: str


RUN_DURATION, NODE_DURATION = "floe.run.duration", "floe.node.duration"
NODE_ROWS, NODE_BYTES, NODE_FAILURES = "floe.node.rows", "floe.node.bytes", "floe.node.failures"
TEST_ROWS, COMMIT_RETRIES = "floe.test.failures", "floe.commit.retries"
QUEUE_DEPTH, QUEUE_DROPPED = "floe.delivery.queue", "floe.delivery.dropped"

METRICS: Mapping[str, Metric] = {
    RUN_DURATION: Metric("s", "How long a run took."),
    NODE_DURATION: Metric("s", "How long a node took."),
    NODE_ROWS: Metric("{row}", "Rows that a node published."),
    NODE_BYTES: Metric("By", "Bytes of the data files that a node published."),
    NODE_FAILURES: Metric("{node}", "Nodes that failed."),
    TEST_ROWS: Metric("{row}", "Rows that a test found."),
    COMMIT_RETRIES: Metric("{retry}", "Commits to the catalog that were tried again after another writer's."),
    QUEUE_DEPTH: Metric("{item}", "Items that wait for a sink of telemetry, for lineage or for an observer."),
    QUEUE_DROPPED: Metric("{item}", "Items that such a queue had no room for."),
}
"""Every metric of floe, by its name."""


class _Metering:
    """The state of this process, which only `TelemetryProvider` changes."""

    meter: Meter | None = None
    instruments: dict[str, Any] = {}  # noqa: RUF012 - replaced as a whole when the meter is


STATE = _Metering()
_lock = threading.Lock()


def count(name: str, value: float, **attributes: object) -> None:
    """Add to a sum; `name` is one of `METRICS`. Attributes as those of `create_span`."""
    if STATE.meter is not None and value:
        _instrument(name).add(value, clean(attributes))


def observe(name: str, value: float, **attributes: object) -> None:
    """Add a value to a distribution."""
    if STATE.meter is not None:
        _instrument(name).record(value, clean(attributes))


def start(meter: Meter, depths: Gauges, dropped: Gauges) -> None:
    """Measure from now on; the queues are asked when metrics are collected."""
    STATE.meter, STATE.instruments = meter, {}
    _observed(meter.create_observable_gauge, QUEUE_DEPTH, depths)
    _observed(meter.create_observable_counter, QUEUE_DROPPED, dropped)


def stop() -> None:
    """Measure nothing more."""
    STATE.meter, STATE.instruments = None, {}


def _observed(create: Callable[..., object], name: str, values: Gauges) -> None:
    from opentelemetry.metrics import Observation as Observed

    def call(_options: CallbackOptions) -> Iterable[Observation]:
        return [Observed(value, {"floe.queue": queue}) for queue, value in values().items()]

    create(name, [call], METRICS[name].unit, METRICS[name].description)


def _instrument(name: str) -> Any:
    with _lock:
        if name not in STATE.instruments and STATE.meter is not None:
            STATE.instruments[name] = _created(STATE.meter, name)
        return STATE.instruments[name]


def _created(meter: Meter, name: str) -> object:
    metric = METRICS[name]
    if metric.unit == "s":
        return meter.create_histogram(
            name, metric.unit, metric.description, explicit_bucket_boundaries_advisory=_SECONDS
        )
    return meter.create_counter(name, metric.unit, metric.description)
