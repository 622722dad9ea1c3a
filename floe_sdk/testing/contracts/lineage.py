"""The contract of a lineage plugin: an event has arrived when `lineage_emit` returns, or the host keeps it."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from floe_sdk.plugins.types import PluginType
from floe_sdk.schemas.delivery import LineageRefused
from floe_sdk.testing.contracts.base import PluginContract
from floe_sdk.testing.contracts.gaps import Feature, given, needs, raised_where_away
from floe_sdk.testing.contracts.telling import assert_words, within

if TYPE_CHECKING:
    from collections.abc import Callable

    from floe_sdk.plugins.discovery import PluginRecord
    from floe_sdk.plugins.host import Platform
    from floe_sdk.testing.contracts.fixtures import Load

    Received = Callable[[], list[dict[str, Any]]]

_SPEC = "https://openlineage.io/spec"
_PRODUCER = "https://example.com/floe/contract"
_DEADLINE = 0.5
_RUNS = 10
_LONG_SQL = "select 'ünïcode \\ \"quoted\" 雪', 1\n" * 5000


class LineageContract(PluginContract):
    """Inherit it, name the plugin, and give `received`: a function that gives the events which have arrived, whole, as
    mappings in their order. Who needs a part of them only, as a chat does, is an observer (`run_finished`) rather.

    `emit_seconds` bounds how long `lineage_emit` may try where nobody answers.
    """

    kind = PluginType.LINEAGE
    features: ClassVar[Mapping[str, Feature]] = {
        "flush": Feature("lineage_flush", asked=False),
        "drain_timeout": Feature("lineage_drain_timeout", asked=False),
    }
    emit_seconds: ClassVar[float] = 15.0

    @pytest.fixture
    def received(self) -> Received:
        """A function that gives the events which have arrived, in their order, as mappings."""
        pytest.fail("give a fixture `received`: a function that gives the events which have arrived, as mappings")

    @pytest.fixture(autouse=True)
    def _called(self, record: PluginRecord) -> None:
        self._name = record.name

    def use(self, platform: Platform) -> None:
        _emit_a_run(platform, self._name)

    @staticmethod
    def facts(platform: Platform, *arguments: Any) -> Any:
        """The deadline that it asks for; emits a run, as each process does."""
        _emit_a_run(platform, *arguments)
        return _hooks(platform, *arguments).lineage_drain_timeout()

    def fact_arguments(self) -> tuple[Any, ...]:
        return (self._name,)

    def _emit(self, platform: Platform, *events: Mapping[str, Any]) -> None:
        for event in events:
            _hooks(platform, self._name).lineage_emit(event)

    def test_it_has_arrived_when_emit_returns(self, platform: Platform, received: Received) -> None:
        """The host forgets an event when `lineage_emit` returns: nothing is held back then."""
        (start, _) = a_run()
        self._emit(platform, start)
        assert _identity(start) in [_identity(event) for event in received()]

    def test_events_arrive_unchanged(self, platform: Platform, received: Received) -> None:
        """Every field and facet arrives, of a long text with odd characters, too."""
        events = a_run(sql=_LONG_SQL)
        self._emit(platform, *copy.deepcopy(events))
        arrived = {_identity(event): event for event in received()}
        for event in events:
            assert arrived.get(_identity(event)) == event

    def test_events_keep_their_order(self, platform: Platform, received: Received) -> None:
        """Those of a run arrive in the order in which they were emitted: an end before its start is no lineage."""
        runs = [a_run() for _ in range(_RUNS)]
        for events in runs:
            self._emit(platform, *events)
        arrived = list(map(_identity, received()))
        for events in runs:
            wanted = [_identity(event) for event in events]
            assert [identity for identity in arrived if identity in wanted] == wanted

    def test_an_event_may_come_again(self, platform: Platform) -> None:
        """An event whose answer was lost comes again, with the same ids: that is no error."""
        start, end = a_run()
        self._emit(platform, start, start, end)

    def test_an_event_is_left_as_it_is(self, platform: Platform) -> None:
        """Other sinks are given the same mapping: nothing is written into it."""
        events = a_run()
        before = copy.deepcopy(events)
        self._emit(platform, *events)
        assert events == before

    def test_lines_of_two_do_not_mix(self, load: Load, received: Received) -> None:
        """Two products that emit at once: every event arrives whole."""
        platforms = [load(), load()]
        runs = [[event for _ in range(_RUNS) for event in a_run()] for _ in platforms]
        with ThreadPoolExecutor(len(platforms)) as pool:
            list(pool.map(lambda platform, events: self._emit(platform, *events), platforms, runs))
        wanted = {_identity(event) for events in runs for event in events}
        assert wanted <= {_identity(event) for event in received()}

    @needs("unreachable")
    def test_what_has_not_arrived_is_raised(self, load: Load, unreachable: Mapping[str, Any] | None) -> None:
        """Where nothing can be reached `lineage_emit` raises, and says why: the host keeps the event. It is not
        LineageRefused, after which the event is never sent."""
        away = load(given(unreachable))
        with raised_where_away(Exception) as caught:
            self._emit(away, *a_run())
        assert_words(str(caught.value))
        assert not isinstance(caught.value, LineageRefused)

    @needs("unreachable")
    def test_it_does_not_wait_for_ever(self, load: Load, unreachable: Mapping[str, Any]) -> None:
        """Where nobody listens `lineage_emit` gives up within `emit_seconds`."""
        self._gives_up(load(unreachable))

    @needs("silent")
    def test_it_does_not_wait_for_an_answer(self, load: Load, silent: Mapping[str, Any]) -> None:
        """Where nobody answers `lineage_emit` gives up within `emit_seconds`."""
        self._gives_up(load(silent))

    def _gives_up(self, away: Platform) -> None:
        with within(self.emit_seconds, self.slack_seconds, "lineage_emit"), suppress(Exception):
            self._emit(away, a_run()[0])

    @needs("flush")
    def test_flush_keeps_its_deadline(self, platform: Platform) -> None:
        """`lineage_flush` comes back within `timeout`: a run waits for it."""
        self._emit(platform, *a_run())
        with within(_DEADLINE, self.slack_seconds, "lineage_flush"):
            _hooks(platform, self._name).lineage_flush(timeout=_DEADLINE)

    @needs("drain_timeout")
    def test_its_drain_timeout_is_a_time(self, platform: Platform) -> None:
        """`lineage_drain_timeout` gives seconds, or None for the run's own deadline."""
        seconds = _hooks(platform, self._name).lineage_drain_timeout()
        assert seconds is None or (isinstance(seconds, (int, float)) and seconds >= 0)


def a_run(sql: str = "select 1") -> tuple[dict[str, Any], dict[str, Any]]:
    """Start and end of one run, by the specification."""
    run = {"runId": str(uuid.uuid4())}
    facet = {"_producer": _PRODUCER, "_schemaURL": f"{_SPEC}/facets/1-1-0/SQLJobFacet.json#/$defs/SQLJobFacet"}
    job = {"namespace": "contract", "name": "orders.daily", "facets": {"sql": {**facet, "query": sql}}}
    datasets = {
        "inputs": [{"namespace": "file", "name": "/lake/orders"}],
        "outputs": [{"namespace": "file", "name": "/lake/daily"}],
    }
    start, end = (
        {
            "eventType": kind,
            "eventTime": datetime.now(timezone.utc).isoformat(),
            "producer": _PRODUCER,
            "schemaURL": f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent",
            "run": run,
            "job": job,
            **datasets,
        }
        for kind in ("START", "COMPLETE")
    )
    return start, end


def _emit_a_run(platform: Platform, name: str) -> None:
    for event in a_run():
        _hooks(platform, name).lineage_emit(event)
    _hooks(platform, name).lineage_flush(timeout=_DEADLINE)


def _identity(event: Mapping[str, Any]) -> tuple[str, str]:
    assert isinstance(event, Mapping), f"`received` gives a {type(event).__name__}; give each event as it was emitted"
    return event["run"]["runId"], event["eventType"]


def _hooks(platform: Platform, name: str) -> Any:
    return dict(platform.each(PluginType.LINEAGE))[name]
