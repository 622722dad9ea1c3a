"""Spans, logging and the redactor. Importing this imports nothing else; names are loaded when they are used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from floe_sdk.observability.redaction import redactor as redactor
    from floe_sdk.observability.spans import create_span as create_span
    from floe_sdk.observability.telemetry import TelemetryProvider as TelemetryProvider

_NAMES = {
    "TelemetryProvider": "floe_sdk.observability.telemetry",
    "create_span": "floe_sdk.observability.spans",
    "redactor": "floe_sdk.observability.redaction",
}


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        message = f"module 'floe_sdk.observability' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(_NAMES[name]), name)
