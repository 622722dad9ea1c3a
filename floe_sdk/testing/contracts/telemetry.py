"""The contract of a telemetry plugin: its exporters say truly what was taken, and end when they are told to."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from floe_sdk.plugins.types import PluginType
from floe_sdk.testing.contracts import signals
from floe_sdk.testing.contracts.base import PluginContract
from floe_sdk.testing.contracts.gaps import THERE_AFTER_ALL, Feature, given, needs
from floe_sdk.testing.contracts.telling import within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from floe_sdk.plugins.discovery import PluginRecord
    from floe_sdk.plugins.host import Platform
    from floe_sdk.testing.contracts.fixtures import Load

    Received = Callable[[], list[str]]


class TelemetryContract(PluginContract):
    """Inherit it, name the plugin, and give `received`: what tells which spans have arrived.

    `export_seconds` bounds how long an export, and then the exporter's end, may take where nobody answers.
    """

    kind = PluginType.TELEMETRY
    features: ClassVar[Mapping[str, Feature]] = {
        "metrics": Feature("telemetry_metric_exporter", asked=False),
        "logs": Feature("telemetry_log_exporter", asked=False),
    }
    export_seconds: ClassVar[float] = 15.0

    @pytest.fixture
    def received(self) -> Received:
        """A function that gives the names of the spans which have arrived."""
        pytest.fail("give a fixture `received`: a function that gives the names of the spans which have arrived")

    @pytest.fixture(autouse=True)
    def _called(self, record: PluginRecord) -> None:
        self._name = record.name

    def use(self, platform: Platform) -> None:
        _export(platform, self._name)

    @staticmethod
    def facts(platform: Platform, *arguments: Any) -> Any:
        """Which signals it takes; exports spans, as each process does."""
        _export(platform, *arguments)
        hooks = _hooks(platform, *arguments)
        exporters = [hooks.telemetry_metric_exporter(), hooks.telemetry_log_exporter()]
        for exporter in filter(None, exporters):
            exporter.shutdown()
        return [exporter is not None for exporter in exporters]

    def fact_arguments(self) -> tuple[Any, ...]:
        return (self._name,)

    @contextmanager
    def _exporter(self, platform: Platform, signal: str = "span") -> Iterator[Any]:
        exporter = getattr(_hooks(platform, self._name), f"telemetry_{signal}_exporter")()
        if exporter is None:
            pytest.skip(f"telemetry_{signal}_exporter gives none")
        try:
            yield exporter
        finally:
            with suppress(Exception):  # another test's business
                exporter.shutdown()

    def test_spans_arrive(self, platform: Platform, received: Received) -> None:
        """Each span of a batch has arrived when `export` has returned and the exporter is flushed."""
        spans = signals.spans("one", "two", "three")
        with self._exporter(platform) as exporter:
            exporter.export(spans)
            exporter.force_flush()
            assert {"one", "two", "three"} <= set(received())

    def test_odd_spans_arrive(self, platform: Platform, received: Received) -> None:
        """So has one with odd characters, a long attribute, events, links and an error."""
        with self._exporter(platform) as exporter:
            exporter.export(signals.odd_spans())
            exporter.force_flush()
            assert signals.ODD in received()

    def test_export_says_that_it_went_well(self, platform: Platform) -> None:
        """`export` returns SUCCESS where the spans were taken: what does not say so counts as lost."""
        with self._exporter(platform) as exporter:
            assert exporter.export(signals.spans("one")) is signals.success()

    def test_an_empty_batch_is_no_error(self, platform: Platform) -> None:
        """`export` takes a batch without spans."""
        with self._exporter(platform) as exporter:
            exporter.export([])

    def test_another_thread_may_export(self, platform: Platform) -> None:
        """The exporter is made on one thread and used on another."""
        with self._exporter(platform) as exporter, ThreadPoolExecutor(1) as pool:
            pool.submit(exporter.export, signals.spans("one")).result()

    def test_each_exporter_is_its_own(self, platform: Platform, received: Received) -> None:
        """Of two exporters the one goes on when the other is shut down."""
        with self._exporter(platform) as one, self._exporter(platform) as other:
            one.shutdown()
            other.export(signals.spans("still there"))
            other.force_flush()
            assert "still there" in received()

    def test_shutting_down_twice_is_harmless(self, platform: Platform) -> None:
        """`shutdown` may be called again."""
        with self._exporter(platform) as exporter:
            exporter.shutdown()
            exporter.shutdown()

    @needs("metrics")
    def test_metrics_are_taken(self, platform: Platform) -> None:
        """The metric exporter returns SUCCESS for metrics that were taken."""
        with self._exporter(platform, "metric") as exporter:
            assert exporter.export(signals.metrics()).name == "SUCCESS"

    @needs("logs")
    def test_log_records_are_taken(self, platform: Platform) -> None:
        """The log exporter returns SUCCESS for records that were taken."""
        with self._exporter(platform, "log") as exporter:
            assert exporter.export(signals.logs()).name == "SUCCESS"

    @needs("unreachable")
    def test_what_is_lost_is_told(self, load: Load, unreachable: Mapping[str, Any] | None) -> None:
        """Where nothing can be reached `export` raises, or returns FAILURE: what was lost is counted."""
        with self._exporter(load(given(unreachable))) as exporter:
            answer = None
            with suppress(Exception):
                answer = exporter.export(signals.spans("lost"))
            assert answer is not signals.success(), f"nobody can have taken it: {THERE_AFTER_ALL}"

    @needs("unreachable")
    def test_it_does_not_wait_for_ever(self, load: Load, unreachable: Mapping[str, Any]) -> None:
        """Where nobody listens export and end take `export_seconds` at most."""
        self._gives_up(load(unreachable))

    @needs("silent")
    def test_it_does_not_wait_for_an_answer(self, load: Load, silent: Mapping[str, Any]) -> None:
        """Where nobody answers export and end take `export_seconds` at most."""
        self._gives_up(load(silent))

    def _gives_up(self, away: Platform) -> None:
        with (
            within(self.export_seconds, self.slack_seconds, "export and shutdown"),
            self._exporter(away) as exporter,
            suppress(Exception),
        ):
            exporter.export(signals.spans("lost"))


def _export(platform: Platform, name: str) -> None:
    exporter = _hooks(platform, name).telemetry_span_exporter()
    try:
        exporter.export(signals.spans("one", "two"))
        exporter.force_flush()
    finally:
        exporter.shutdown()


def _hooks(platform: Platform, name: str) -> Any:
    return dict(platform.each(PluginType.TELEMETRY))[name]
