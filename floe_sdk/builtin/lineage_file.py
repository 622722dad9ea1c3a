"""Lineage `file`: OpenLineage events as JSON lines in `.floe/lineage.jsonl` beside floe.yaml."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from floe_sdk import Health, PluginConfig, PluginContext, event_json, hookimpl
from floe_sdk.builtin.json_lines import JsonLines

if TYPE_CHECKING:
    from collections.abc import Mapping


class FileLineageConfig(PluginConfig):
    """Settings of lineage `file`."""

    path: str | None = Field(
        default=None,
        min_length=1,
        description="The file, relative to manifest.yaml (default: `.floe/lineage.jsonl` beside floe.yaml).",
    )


class FileLineage:
    """Events on disk, one JSON object a line; several processes may write at once."""

    def __init__(self, config: FileLineageConfig, context: PluginContext) -> None:
        self._file = JsonLines(context, config.path, "lineage.jsonl")
        self._begun = False

    @hookimpl
    def lineage_emit(self, event: Mapping[str, Any]) -> None:
        """Append the event, unless it is there: a run that was killed may have written it and not said so."""
        line = event_json(event)
        if not self._begun and self._file.last() == line:
            self._begun = True
            return
        self._file.append([line])
        self._begun = True

    @hookimpl
    def plugin_health(self) -> Health:
        """Write and read beside the file."""
        return self._file.health()
