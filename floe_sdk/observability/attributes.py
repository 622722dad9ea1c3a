"""Attributes of spans, metrics and log lines: names in OpenTelemetry's way, every text through the redactor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from floe_sdk.observability.redaction import redactor

if TYPE_CHECKING:
    from collections.abc import Mapping


def clean(attributes: Mapping[str, object]) -> dict[str, Any]:
    """A name without a dot is put under `floe.`, None is left out, what is no plain value becomes text."""
    made: dict[str, Any] = {}
    for name, value in attributes.items():
        if value is None:
            continue
        plain = value if isinstance(value, (str, bool, int, float)) else _sequence_or_text(value)
        made[name if "." in name else f"floe.{name}"] = redactor.redact_mapping(plain)
    return made


def database(
    system: str | None, namespace: str | None = None, table: str | None = None, operation: str | None = None
) -> dict[str, Any]:
    """The attributes of a call to a database, by OpenTelemetry's semantic conventions."""
    return {
        "db.system.name": system,
        "db.namespace": namespace,
        "db.collection.name": table,
        "db.operation.name": operation,
    }


def _sequence_or_text(value: object) -> object:
    return [str(item) for item in value] if isinstance(value, (list, tuple, set, frozenset)) else str(value)
