"""The short forms `observability.tracing.exporter` and `observability.lineage.transport` as plugins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from floe_sdk.errors import FloeError
from floe_sdk.errors.documents import CONTRADICTION
from floe_sdk.project.selections import ALIASES
from floe_sdk.schemas.observability import NO_PLUGIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from floe_sdk.project.document import KeyPath
    from floe_sdk.project.layers import Merged

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class ShortForm:
    """A section of `observability` that names a plugin: its key, the keys that are handed on, and as what."""

    section: str
    type: str
    key: str
    handed: Mapping[str, tuple[str, ...]]


TRACING = ShortForm(
    "tracing",
    "telemetry",
    "exporter",
    {"endpoint": ("endpoint",), "protocol": ("protocol",), "headers": ("headers",), "sample_ratio": ("sample_ratio",)},
)
LINEAGE = ShortForm("lineage", "lineage", "transport", {"endpoint": ("endpoint", "url")})


def apply_short_form(
    merged: Merged, form: ShortForm, offered: dict[tuple[str, str], dict[str, Any]]
) -> list[FloeError]:
    """Turn a short form into an entry of `plugins`, or into the one that is there already; set `enabled`.

    A section that is disabled selects no plugin of its type. Contradictions are returned.
    """
    section = ("observability", form.section)
    name = merged.get((*section, form.key))
    name = None if name in NO_PLUGIN else ALIASES.get((form.type, name), name)
    name = "openlineage" if (form.type, name) == ("lineage", "http") else name
    entries = merged.get(("plugins", form.type)) or {}
    if merged.get((*section, "enabled")) is None:
        merged.data.setdefault("observability", {}).setdefault(form.section, {})["enabled"] = bool(name or entries)
    if not merged.get((*section, "enabled")):
        merged.data.get("plugins", {}).pop(form.type, None)
        return []
    if name is None:
        return []
    values = {as_key: (key, merged.get((*section, key))) for key, keys in form.handed.items() for as_key in keys}
    values = {key: value for key, value in values.items() if value[1] is not None}
    if name in entries:
        problems = _contradictions(merged, form, name, values)
        if problems:
            return problems
    else:
        source, key = merged.origins[(*section, form.key)]
        merged.put(("plugins", form.type, name), {"type": name}, source, key)
        merged.origins[("plugins", form.type, name, "type")] = (source, key)
    offered[form.type, name] = {key: value for key, (_, value) in values.items()}
    for handed, (written, _) in values.items():
        place: KeyPath = ("plugins", form.type, name, "config", handed)
        merged.origins.setdefault(place, merged.origins[(*section, written)])
    return []


def _contradictions(
    merged: Merged, form: ShortForm, name: str, values: Mapping[str, tuple[str, Any]]
) -> list[FloeError]:
    """Differences between a short form and the entry of the same plugin; the same origin is no difference."""
    config = merged.get(("plugins", form.type, name, "config")) or {}
    problems = {}
    for key, (written, value) in values.items():
        if key not in config or _comparable(config[key]) == _comparable(value):
            continue
        here = merged.locate(("observability", form.section, written))
        there = merged.locate(("plugins", form.type, name, "config", key))
        problems[written] = FloeError(
            CONTRADICTION,
            f"`observability.{form.section}.{written}` and `plugins.{form.type}` ({there}) contradict each other",
            where=here,
            fix="keep one of the two",
        )
    return list(problems.values())


def _comparable(value: Any) -> Any:
    """An address as its origin (scheme, host, port), so that the path of an API makes no other sink."""
    if not isinstance(value, str) or "://" not in value:
        return value
    try:
        parts = urlsplit(value)
        return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme)
    except ValueError:  # a port that is no number
        return value
