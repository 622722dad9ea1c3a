"""Dagster as the orchestrator of floe; Dagster itself is imported with the first name that needs it.

`dagster ... -m floe_orchestrator_dagster` finds `defs`, the code location of the artifact that `FLOE_ARTIFACT` names.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from floe_orchestrator_dagster.component import FloeComponent as FloeComponent
    from floe_orchestrator_dagster.config import DagsterConfig as DagsterConfig
    from floe_orchestrator_dagster.definitions import floe_definitions as floe_definitions
    from floe_orchestrator_dagster.definitions import floe_location as floe_location
    from floe_orchestrator_dagster.location import defs as defs
    from floe_orchestrator_dagster.plugin import DagsterOrchestrator as DagsterOrchestrator

_PUBLIC = {
    "DagsterConfig": "config",
    "DagsterOrchestrator": "plugin",
    "FloeComponent": "component",
    "defs": "location",
    "floe_definitions": "definitions",
    "floe_location": "definitions",
}

__all__ = list(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
