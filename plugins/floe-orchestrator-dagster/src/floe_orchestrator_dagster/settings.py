"""What an artifact and the plugin's configuration say together: when to run, and with how much."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from floe_sdk import SCHEDULE_NOT_SUPPORTED, UNKNOWN_PRESET, FloeError, Schedule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from floe_orchestrator_dagster.config import DagsterConfig
    from floe_sdk import CompiledArtifacts

PRESET = "resource_preset"
"""The label of a product, and the key of the plugin's configuration."""
DEFAULT_PRESET = "default"
_FIELDS = 5
_CONFIG = "manifest.yaml: plugins.orchestrator.config"


def schedule_in_force(artifacts: CompiledArtifacts, config: DagsterConfig) -> Schedule | None:
    """The product's schedule; where it says no time, that of the platform's `default_schedule`; None without either.

    Raises FloeError for an expression that floe.yaml may hold and Dagster does not understand.
    """
    own, default = artifacts.schedule, config.default_schedule
    if own is not None and own.cron is not None:
        return _checked(own, "floe.yaml: schedule.cron")
    if default is None or default.cron is None:
        return None
    if own is not None:  # it may still be switched off, or be somewhere else
        zone = default.timezone if own.timezone == "UTC" else own.timezone
        default = Schedule(cron=default.cron, timezone=zone, enabled=own.enabled and default.enabled)
    return _checked(default, f"{_CONFIG}.default_schedule")


def _checked(schedule: Schedule, where: str) -> Schedule:
    fields = (schedule.cron or "").upper().split()
    if len(fields) != _FIELDS or "W" in fields[2] or re.search(r"\dL", fields[4]):
        problem = f"Dagster has no schedule for the cron expression {schedule.cron!r}"
        raise FloeError(SCHEDULE_NOT_SUPPORTED, problem, where=where, fix=SCHEDULE_NOT_SUPPORTED.remedy)
    return schedule


def preset_in_force(artifacts: CompiledArtifacts, config: DagsterConfig) -> Mapping[str, str]:
    """The requests and limits that the product runs with; empty where there is nothing to choose by.

    The product's label `resource_preset` says which preset, else the plugin's configuration, else it is the one called
    `default`, or the only one. Raises FloeError for a name that the platform does not have.
    """
    presets = artifacts.resources
    label = artifacts.metadata.labels.get(PRESET)
    name = label or config.resource_preset
    if name is None:
        return presets.get(DEFAULT_PRESET) or (next(iter(presets.values())) if len(presets) == 1 else {})
    if name in presets:
        return presets[name]
    where = f"floe.yaml: metadata.labels.{PRESET}" if label else f"{_CONFIG}.{PRESET}"
    near = difflib.get_close_matches(name, presets, n=1)
    known = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(presets) or 'none'}"
    problem = f"no resource preset is called {name!r}; {known}"
    raise FloeError(UNKNOWN_PRESET, problem, where=where, fix=UNKNOWN_PRESET.remedy)
