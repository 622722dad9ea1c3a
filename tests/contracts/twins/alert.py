"""Alert: messages in a file of signed lines."""

import threading
import time
from collections.abc import Collection

import pytest
from contracts.twins import lines
from contracts.twins.lines import Lines, LinesConfig
from contracts.twins.marking import SILENT, Silenced, base_twins, twin

from floe_sdk import Alert, AlertKind, Health, PluginContext, hookimpl
from floe_sdk.testing import AlertContract


class Good:
    """Appends the text of each alert."""

    Config = LinesConfig

    def __init__(self, config: LinesConfig, context: PluginContext) -> None:
        self.config = config
        self.lines = Lines(context.platform_root / config.path, config.key)

    @hookimpl
    def alert_send(self, alert: Alert, timeout: float) -> None:
        self.lines.append(alert.text())

    @hookimpl
    def alert_kinds(self) -> Collection[AlertKind]:
        return [AlertKind.FAILED]

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        return self.lines.health()


class Suite(Silenced, AlertContract):
    slack_seconds = 0.5

    @pytest.fixture
    def config(self, monkeypatch):
        return lines.config(monkeypatch)

    @pytest.fixture
    def received(self, context):
        return lambda: lines.read(context.platform_root / "out/lines")


@twin("test_a_message_arrives_once")
class TellsTwice(Good):
    """A failure is told twice."""

    @hookimpl
    def alert_send(self, alert: Alert, timeout: float) -> None:
        self.lines.append(alert.text(), alert.text())


@twin("test_it_says_which_product")
class NamesNothing(Good):
    """The message says how the run ended, and not which."""

    @hookimpl
    def alert_send(self, alert: Alert, timeout: float) -> None:
        self.lines.append(f"a run {alert.kind.value}")


@twin("test_every_ending_can_be_told")
class KnowsThree(Good):
    """Knows no recovery."""

    @hookimpl
    def alert_send(self, alert: Alert, timeout: float) -> None:
        {AlertKind.FAILED: "bad", AlertKind.ABORTED: "bad", AlertKind.SUCCEEDED: "good"}[alert.kind]
        super().alert_send(alert, timeout)


@twin("test_an_odd_alert_can_be_told")
class RefusesLongTexts(Good):
    """A message has 1,000 characters at most."""

    @hookimpl
    def alert_send(self, alert: Alert, timeout: float) -> None:
        if len(alert.text()) > 1000:
            raise ValueError("the message is too long")
        super().alert_send(alert, timeout)


@twin("test_two_at_once_arrive")
class OneAtATime(Good):
    """While one message is sent, others are dropped."""

    busy = threading.Lock()

    @hookimpl
    def alert_send(self, alert: Alert, timeout: float) -> None:
        if self.busy.acquire(blocking=False):
            try:
                super().alert_send(alert, timeout)
                time.sleep(0.05)
            finally:
                self.busy.release()


@twin("test_its_kinds_are_kinds")
class KindsAsText(Good):
    """`alert_kinds` gives what stands in YAML."""

    @hookimpl
    def alert_kinds(self) -> Collection[str]:
        return ["failures"]


@twin("test_what_has_not_arrived_is_raised")
class SaysNothing(Good):
    """What can't be sent is forgotten."""

    @hookimpl
    def alert_send(self, alert: Alert, timeout: float) -> None:
        if not self.lines.path.parent.is_file():
            super().alert_send(alert, timeout)


@twin("test_it_keeps_its_deadline")
class TriesAgain(Good):
    """Tries for longer than it may."""

    @hookimpl
    def alert_send(self, alert: Alert, timeout: float) -> None:
        if self.lines.path.parent.is_file():
            time.sleep(1.2)
        super().alert_send(alert, timeout)


@twin("test_it_does_not_wait_for_an_answer")
class WaitsForAnAnswer(Good):
    """Waits where nobody answers."""

    @hookimpl
    def alert_send(self, alert: Alert, timeout: float) -> None:
        if self.lines.path.name == SILENT:
            time.sleep(1.2)
        super().alert_send(alert, timeout)


globals().update(base_twins(Good, "alert_send", silenced=True))
