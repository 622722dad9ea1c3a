"""The contract of an alert plugin: people are told once, in time, and a chat that is away is told of."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from floe_sdk.plugins.types import PluginType
from floe_sdk.schemas.alert import Alert, AlertKind, AlertNode
from floe_sdk.schemas.events import NodeStatus
from floe_sdk.testing.contracts.base import PluginContract
from floe_sdk.testing.contracts.gaps import Feature, given, needs, raised_where_away
from floe_sdk.testing.contracts.telling import assert_words, within

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from floe_sdk.plugins.discovery import PluginRecord
    from floe_sdk.plugins.host import Platform
    from floe_sdk.testing.contracts.fixtures import Load

    Received = Callable[[], list[str]]

_AT_ONCE = 4
_DEADLINE = 0.5
_PATIENCE = 10.0
_ODD = "ünïcode 'quoted' \\ 雪"


class AlertContract(PluginContract):
    """Inherit it, name the plugin, and give `received`: what tells which messages have arrived."""

    kind = PluginType.ALERT
    features: ClassVar[Mapping[str, Feature]] = {"kinds": Feature("alert_kinds", asked=False)}

    @pytest.fixture
    def received(self) -> Received:
        """A function that gives the texts of the messages which have arrived."""
        pytest.fail("give a fixture `received`: a function that gives the texts of the messages which have arrived")

    @pytest.fixture(autouse=True)
    def _called(self, record: PluginRecord) -> None:
        self._name = record.name

    def use(self, platform: Platform) -> None:
        self._send(platform, an_alert(), self.patience)

    @staticmethod
    def facts(platform: Platform, *arguments: Any) -> Any:
        """The endings that people are told of; tells of a run, as each process does."""
        hooks = _hooks(platform, *arguments)
        hooks.alert_send(alert=an_alert(), timeout=_PATIENCE)
        return sorted(hooks.alert_kinds() or ())

    def fact_arguments(self) -> tuple[Any, ...]:
        return (self._name,)

    def _send(self, platform: Platform, alert: Alert, timeout: float = _PATIENCE) -> None:
        _hooks(platform, self._name).alert_send(alert=alert, timeout=timeout)

    def test_a_message_arrives_once(self, platform: Platform, received: Received) -> None:
        """One alert is one message, and it has arrived when `alert_send` returns."""
        self._send(platform, an_alert())
        assert len(received()) == 1

    def test_it_says_which_product(self, platform: Platform, received: Received) -> None:
        """The message names the product and the environment."""
        self._send(platform, an_alert())
        assert [text for text in received() if "orders" not in text or "prod" not in text] == []

    def test_every_ending_can_be_told(self, platform: Platform) -> None:
        """`alert_send` takes each kind, whichever `alert_kinds` are asked for by default."""
        for kind in AlertKind:
            self._send(platform, an_alert(kind))

    def test_an_odd_alert_can_be_told(self, platform: Platform) -> None:
        """It takes long reasons, odd characters, and hundreds of nodes that failed."""
        self._send(platform, an_alert(reason=_ODD * 200, nodes=300))

    def test_two_at_once_arrive(self, load: Load, received: Received) -> None:
        """Products whose runs end at once are told of, each."""
        platforms = [load() for _ in range(_AT_ONCE)]
        together = threading.Barrier(_AT_ONCE)

        def send(platform: Platform) -> None:
            together.wait(_PATIENCE)
            self._send(platform, an_alert())

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(send, platforms))
        assert len(received()) >= _AT_ONCE

    @needs("kinds")
    def test_its_kinds_are_kinds(self, platform: Platform) -> None:
        """`alert_kinds` gives members of AlertKind, or None for the default."""
        kinds = _hooks(platform, self._name).alert_kinds()
        assert kinds is None or all(isinstance(kind, AlertKind) for kind in kinds)

    @needs("unreachable")
    def test_what_has_not_arrived_is_raised(self, load: Load, unreachable: Mapping[str, Any] | None) -> None:
        """Where nothing can be reached it raises, and says why: that is one warning line of the run."""
        away = load(given(unreachable))
        with raised_where_away(Exception) as caught:
            self._send(away, an_alert(), _DEADLINE)
        assert_words(str(caught.value))

    @needs("unreachable")
    def test_it_keeps_its_deadline(self, load: Load, unreachable: Mapping[str, Any]) -> None:
        """Where nobody listens it gives up within `timeout`."""
        self._gives_up(load(unreachable))

    @needs("silent")
    def test_it_does_not_wait_for_an_answer(self, load: Load, silent: Mapping[str, Any]) -> None:
        """Where nobody answers it gives up within `timeout`."""
        self._gives_up(load(silent))

    def _gives_up(self, away: Platform) -> None:
        with within(_DEADLINE, self.slack_seconds, "alert_send"), suppress(Exception):
            self._send(away, an_alert(), _DEADLINE)


def an_alert(kind: AlertKind = AlertKind.FAILED, *, reason: str = "disk full", nodes: int = 2) -> Alert:
    """Of a run of `orders` in `prod`."""
    ended = datetime.now(timezone.utc)
    bad = kind in (AlertKind.FAILED, AlertKind.ABORTED)
    failed = [AlertNode(f"model.orders.n{n}", f"n{n}", NodeStatus.ERROR, reason) for n in range(nodes if bad else 0)]
    return Alert(
        kind=kind,
        platform="lake",
        product="orders",
        environment="prod",
        run_id=str(uuid.uuid4()),
        started_at=ended - timedelta(seconds=90),
        finished_at=ended,
        failed=tuple(failed),
        nodes=nodes,
        reason=reason if bad else "",
    )


def _hooks(platform: Platform, name: str) -> Any:
    return dict(platform.each(PluginType.ALERT))[name]
