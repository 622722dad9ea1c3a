"""Which plugins a manifest names, also one that is being written and not valid yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from floe_sdk.errors import FloeError
from floe_sdk.plugins.types import PluginType
from floe_sdk.project.finding import MANIFEST_NAME
from floe_sdk.project.selections import ALIASES
from floe_sdk.project.yaml import read_yaml
from floe_sdk.schemas.manifest import TYPE_ALIASES, approvals
from floe_sdk.schemas.observability import NO_PLUGIN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from floe_sdk.project.document import Document

_TYPES = frozenset(kind.value for kind in PluginType)
_SHORT = {("tracing", "exporter"): "telemetry", ("lineage", "transport"): "lineage"}


class NamedPlugins:
    """`distributions` by `type/name` (None: any), and the lists of `approved_plugins` that all have to allow one."""

    def __init__(self) -> None:
        self.distributions: dict[str, str | None] = {}
        self.approved: list[list[str]] = []

    def add(self, document: Document) -> None:
        """What one manifest names, in all its layers."""
        environments = document.data.get("environments")
        layers = [document.data, document.data.get("defaults")]
        layers += list(environments.values()) if isinstance(environments, Mapping) else []
        for layer in layers:
            if isinstance(layer, Mapping):
                self._add_layer(layer)

    def _add_layer(self, layer: Mapping[str, Any]) -> None:
        for kind, name, distribution in _entries(layer):
            name = ALIASES.get((kind, name), name)  # noqa: PLW2901 - what it stands for
            if kind in _TYPES:
                self.distributions[f"{kind}/{name}"] = distribution
        allowed = approvals(layer.get("approved_plugins", layer.get("approvedPlugins")))
        if isinstance(allowed, list):
            self.approved.append([str(each) for each in allowed])


def named_plugins(manifest: Path) -> NamedPlugins:
    """What the manifest and its parents name. Raises FloeError where it can't be read as YAML; a parent may be gone."""
    found = NamedPlugins()
    seen: set[Path] = set()
    path, document = manifest, read_yaml(manifest)
    while True:
        found.add(document)
        seen.add(path.resolve())
        reference = document.value(("extends",))
        if not isinstance(reference, str) or "://" in reference:
            return found
        path = path.parent / reference
        path = path / MANIFEST_NAME if path.is_dir() else path
        if path.resolve() in seen:
            return found
        try:
            document = read_yaml(path)
        except FloeError:
            return found


def _entries(layer: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    plugins = layer.get("plugins")
    for kind, value in plugins.items() if isinstance(plugins, Mapping) else ():
        for entry in value if isinstance(value, list) else [value]:
            if isinstance(entry, Mapping) and isinstance(entry.get("type"), str):
                whose = entry.get("distribution")
                yield _kind(kind), entry["type"], whose if isinstance(whose, str) else None
    for key, value in layer.items():
        if isinstance(value, str) and _kind(key) in _TYPES:  # `defaults: {compute: duckdb}`
            yield _kind(key), value, None
    observability = layer.get("observability")
    for (section, key), kind in _SHORT.items():
        inner = observability.get(section) if isinstance(observability, Mapping) else None
        name = inner.get(key) if isinstance(inner, Mapping) else None
        if isinstance(name, str) and name not in NO_PLUGIN:
            yield kind, "openlineage" if (kind, name) == ("lineage", "http") else name, None


def _kind(key: object) -> str:
    return TYPE_ALIASES.get(str(key), str(key))
