"""Lineage `console`: OpenLineage events as JSON lines on standard error."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, ClassVar

from floe_sdk import Health, PluginConfig, event_json, hookimpl

if TYPE_CHECKING:
    from collections.abc import Mapping


class ConsoleLineageConfig(PluginConfig):
    """The console takes no settings."""


class ConsoleLineage:
    """Events for people who watch; standard output stays free for results."""

    not_supported: ClassVar[Mapping[str, str]] = {"unreachable": "standard error is there as long as the process is"}

    def __init__(self, config: ConsoleLineageConfig) -> None:
        self.config = config

    @hookimpl
    def lineage_emit(self, event: Mapping[str, Any]) -> None:
        """One JSON object an event."""
        # In one piece: the end of a line written by itself may come behind another thread's event.
        sys.stderr.write(f"{event_json(event)}\n")

    @hookimpl
    def plugin_health(self) -> Health:
        """Whether standard error is open."""
        return Health(ok=not sys.stderr.closed, message="writes to standard error")
