"""Every effective value of a product as plain data (`floe config show`)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from floe_sdk.project.document import shown_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from floe_sdk.plugins.selection import PluginSelection
    from floe_sdk.project.resolved import ResolvedProduct

_PASSWORD = re.compile(r"(?<=://)([^/@:\s]*:)[^/\s]*(?=@)|([?&](?:password|passwd|sslpassword)=)[^&\s]*", re.IGNORECASE)


def effective_values(resolved: ResolvedProduct) -> dict[str, Any]:
    """The effective documents; secrets are references, and what a literal secret may hide in is not validated here."""
    spec = resolved.spec
    return {
        "environment": resolved.environment,
        "platform": {"manifest": shown_path(resolved.manifest_path), **_plain(resolved.manifest.metadata)},
        "metadata": _plain(spec.metadata),
        "plugins": _plugins(resolved.plugins),
        "observability": _plain(resolved.observability),
        "governance": _plain(resolved.governance),
        "approved_plugins": list(resolved.approved_plugins) if resolved.approved_plugins is not None else None,
        "resource_presets": {name: dict(preset) for name, preset in (resolved.resources or {}).items()},
        "schedule": _plain(spec.schedule) if spec.schedule else None,
        "transforms": [_plain(item, exclude_unset=True) for item in spec.transforms],
        "output_ports": [_plain(item) for item in spec.output_ports],
        "destinations": [_plain(item) for item in spec.destinations],
    }


def effective_lines(resolved: ResolvedProduct) -> list[tuple[str, str, str]]:
    """(dotted key, value, where it came from) for every effective value."""
    lines = []
    for key, value in _leaves(effective_values(resolved)):
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        unset = value in (None, "") and key not in resolved.origins
        lines.append((key, text, "default" if unset else _origin(resolved, key)))
    return lines


def _plugins(selections: tuple[PluginSelection, ...]) -> dict[str, Any]:
    plugins: dict[str, Any] = {}
    for selection in selections:
        entry = {"type": selection.name, "version": selection.version, "distribution": selection.distribution}
        written = {key: value for key, value in entry.items() if value is not None}
        config = _without_passwords({**selection.offered, **selection.config})
        plugins.setdefault(selection.type.value, {})[selection.name] = (
            {**written, "config": config} if config else written
        )
    return plugins


def _without_passwords(value: Any) -> Any:
    """Nobody has validated the configuration: a URI may hold a password that should not be there."""
    if isinstance(value, dict):
        return {key: _without_passwords(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_passwords(each) for each in value]
    return _PASSWORD.sub(r"\1\2***", value) if isinstance(value, str) else value


def _plain(model: Any, *, exclude_unset: bool = False) -> dict[str, Any]:
    plain: dict[str, Any] = model.model_dump(mode="json", exclude_unset=exclude_unset)
    return plain


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{index}]")
    else:
        yield path, value


def _origin(resolved: ResolvedProduct, key: str) -> str:
    """The origin of a key, or of the nearest thing around it that has one."""
    entry = re.match(r"(transforms|output_ports|destinations)\[(\d+)]", key)
    if entry:
        return str(resolved.locate((entry[1], int(entry[2]))))
    origins = resolved.origins
    while key:
        if key in origins:
            return origins[key].source
        key = key[: max(key.rfind("."), key.rfind("["), 0)]
    return "default"
