"""Lineage: events in a file of signed lines."""

import threading
import time
from collections.abc import Mapping
from typing import Any

import pytest
from contracts.twins import lines
from contracts.twins.lines import Lines, LinesConfig
from contracts.twins.marking import SILENT, Silenced, base_twins, twin

from floe_sdk import Health, PluginContext, hookimpl
from floe_sdk.testing import LineageContract


class Good:
    """Appends each event and its signature."""

    Config = LinesConfig

    def __init__(self, config: LinesConfig, context: PluginContext) -> None:
        self.config = config
        self.lines = Lines(context.platform_root / config.path, config.key)

    @hookimpl
    def lineage_emit(self, event: Mapping[str, Any]) -> None:
        self.lines.append(event)

    @hookimpl
    def lineage_flush(self, timeout: float) -> None: ...

    @hookimpl
    def lineage_drain_timeout(self) -> float | None:
        return 1.0

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        return self.lines.health()


class Suite(Silenced, LineageContract):
    slack_seconds = 0.5
    emit_seconds = 0.2

    @pytest.fixture
    def config(self, monkeypatch):
        return lines.config(monkeypatch)

    @pytest.fixture
    def received(self, context):
        return lambda: lines.read(context.platform_root / "out/lines")


@twin("test_it_has_arrived_when_emit_returns")
class HoldsTheStart(Good):
    """A start is held back until the next event."""

    held: Mapping[str, Any] | None = None

    @hookimpl
    def lineage_emit(self, event: Mapping[str, Any]) -> None:
        if event["eventType"] == "START" and self.held is None:
            self.lines.append()  # it would be told if this can't be
            self.held = event
            return
        held, self.held = self.held, None
        self.lines.append(*filter(None, (held, event)))


@twin("test_events_arrive_unchanged")
class CutsTheQuery(Good):
    """Long queries are cut."""

    @hookimpl
    def lineage_emit(self, event: Mapping[str, Any]) -> None:
        facets = event["job"]["facets"]
        short = {**facets, "sql": {**facets["sql"], "query": facets["sql"]["query"][:1000]}}
        super().lineage_emit({**event, "job": {**event["job"], "facets": short}})


@twin("test_events_keep_their_order")
class NewestFirst(Good):
    """The newest line is the first."""

    @hookimpl
    def lineage_emit(self, event: Mapping[str, Any]) -> None:
        super().lineage_emit(event)
        if threading.current_thread() is threading.main_thread():  # several writers are another test's business
            *older, newest = self.lines.path.read_text(encoding="utf-8").splitlines(keepends=True)
            self.lines.path.write_text("".join([newest, *older]), encoding="utf-8")


@twin("test_an_event_may_come_again")
class KnowsItAlready(Good):
    """An event that is there is an error."""

    @hookimpl
    def lineage_emit(self, event: Mapping[str, Any]) -> None:
        if self.lines.path.exists() and event in lines.read(self.lines.path):
            raise ValueError("it is there already")
        super().lineage_emit(event)


@twin("test_an_event_is_left_as_it_is")
class NamesItself(Good):
    """Writes itself into the event, and not into what it sends."""

    @hookimpl
    def lineage_emit(self, event: Mapping[str, Any]) -> None:
        super().lineage_emit(event)
        event["sent"] = True


@twin("test_lines_of_two_do_not_mix")
class WritesInTwo(Good):
    """Writes a line in two steps."""

    @hookimpl
    def lineage_emit(self, event: Mapping[str, Any]) -> None:
        target = self.lines.path
        part = Lines(target.with_name(f"part-{id(self)}"), self.config.key)
        part.append(event)
        text = part.path.read_text(encoding="utf-8")
        part.path.unlink()
        for half in (text[:100], text[100:]):
            with self.lines.writing() as file:
                file.write(half)
            time.sleep(0.002)


@twin("test_what_has_not_arrived_is_raised")
class SaysNothing(Good):
    """What can't be written is forgotten."""

    @hookimpl
    def lineage_emit(self, event: Mapping[str, Any]) -> None:
        if not self.lines.path.parent.is_file():
            super().lineage_emit(event)


@twin("test_it_does_not_wait_for_ever")
class TriesAgain(Good):
    """Tries for longer than it may."""

    @hookimpl
    def lineage_emit(self, event: Mapping[str, Any]) -> None:
        if self.lines.path.parent.is_file():
            time.sleep(1.0)
        super().lineage_emit(event)


@twin("test_flush_keeps_its_deadline")
class FlushesSlowly(Good):
    """`lineage_flush` does not look at `timeout`."""

    @hookimpl
    def lineage_flush(self, timeout: float) -> None:
        time.sleep(1.1)


@twin("test_its_drain_timeout_is_a_time")
class DrainsInMilliseconds(Good):
    """`lineage_drain_timeout` is a text."""

    @hookimpl
    def lineage_drain_timeout(self) -> Any:
        return "1000ms"


@twin("test_it_does_not_wait_for_an_answer")
class WaitsForAnAnswer(Good):
    """Waits where nobody answers."""

    @hookimpl
    def lineage_emit(self, event: Mapping[str, Any]) -> None:
        if self.lines.path.name == SILENT:
            time.sleep(1.2)
        super().lineage_emit(event)


globals().update(base_twins(Good, "lineage_emit", silenced=True))
