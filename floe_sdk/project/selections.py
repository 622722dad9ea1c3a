"""From `plugins:` to what the host loads: one selection for each plugin, with the places of its values."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from floe_sdk.errors import FloeError
from floe_sdk.errors.documents import CONTRADICTION, MISSING_KEY, WRONG_VALUE
from floe_sdk.plugins.selection import PluginSelection
from floe_sdk.plugins.types import PluginType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from floe_sdk.errors import Location
    from floe_sdk.project.document import KeyPath
    from floe_sdk.project.layers import Merged, Source

ALIASES = {("lineage", "marquez"): "openlineage", ("transform", "core"): "dbt"}
"""Names of the public documents that another plugin answers to; their versions say nothing about it."""

DEFAULTS = {
    PluginType.COMPUTE: "duckdb",
    PluginType.TRANSFORM: "dbt",
    PluginType.CATALOG: "sql",
    PluginType.STORAGE: "local",
    PluginType.ORCHESTRATOR: "local",
    PluginType.POLICY: "builtin",
}
"""What stands in for a type that no manifest names."""


@dataclass
class Entries:
    """Collects the entries of `plugins:` layer by layer into `plugins.<type>.<name>` of a `Merged`."""

    merged: Merged
    schemes: frozenset[str]
    problems: list[FloeError] = field(default_factory=list)

    def add(self, plugins: Mapping[str, Any], source: Source) -> None:
        """Put a layer's entries on top: they replace those of the layer below, except that an entry of a plugin that
        is there already is merged into it."""
        for kind, entries in plugins.items():
            if entries is not None:
                self._add_type(kind, entries, source)

    def _add_type(self, kind: str, entries: tuple[Mapping[str, Any], ...], source: Source) -> None:
        below = self.merged.get(("plugins", kind)) or {}
        if len(entries) != 1 and not PluginType(kind).many:
            where = self._locate(source, ("plugins", kind))
            problem = f"`plugins.{kind}` takes one plugin, and {len(entries)} are listed"
            self.problems.append(FloeError(WRONG_VALUE, problem, where=where, fix="keep one"))
            return
        seen: dict[str, int] = {}
        for index, entry in enumerate(entries):
            name = self._name(kind, entry, index, below, source)
            if name is None:
                continue
            if name in seen:
                self._twice(kind, name, seen[name], index, entries, source)
                continue
            seen[name] = index
            self._put(kind, name, entry, index, source)
        for name in [name for name in below if name not in seen]:
            del self.merged.data["plugins"][kind][name]

    def _put(self, kind: str, name: str, entry: Mapping[str, Any], index: int, source: Source) -> None:
        values = {key: value for key, value in entry.items() if value is not None and key != "connection_secret_ref"}
        if entry.get("connection_secret_ref") is not None:
            values["config"] = {**(values.get("config") or {}), "connection_secret_ref": entry["connection_secret_ref"]}
        if (kind, entry.get("type")) in ALIASES:
            values.pop("version", None)
        values.pop("type", None)
        place = (*source.prefix, "plugins", kind, index)
        if self.merged.get(("plugins", kind, name)) is None:
            self.merged.put(("plugins", kind, name), {}, source, place)
        if entry.get("type") is not None:
            values = {"type": name, **values}
        self.merged.overlay(("plugins", kind, name), values, source, place, self.schemes)

    def _name(
        self, kind: str, entry: Mapping[str, Any], index: int, below: Mapping[str, Any], source: Source
    ) -> str | None:
        name = entry.get("type")
        if name is not None:
            return ALIASES.get((kind, name), str(name))
        if len(below) == 1:
            return str(next(iter(below)))
        where = self._locate(source, ("plugins", kind, index))
        problem = f"`plugins.{kind}.type` is missing"
        self.problems.append(FloeError(MISSING_KEY, problem, where=where, fix="name the plugin"))
        return None

    def _twice(
        self, kind: str, name: str, first: int, again: int, entries: tuple[Mapping[str, Any], ...], source: Source
    ) -> None:
        if entries[first].get("config") == entries[again].get("config"):
            return
        before = self._locate(source, ("plugins", kind, first))
        problem = f"`plugins.{kind}` lists {name} twice with different configuration, first at {before}"
        where = self._locate(source, ("plugins", kind, again))
        self.problems.append(FloeError(CONTRADICTION, problem, where=where, fix="keep one of the two"))

    def _locate(self, source: Source, path: KeyPath) -> Location | None:
        return source.document.locate((*source.prefix, *path)) if source.document else None


def selections(
    merged: Merged, manifest: Path, offered: Mapping[tuple[str, str], Mapping[str, Any]]
) -> list[PluginSelection]:
    """The selections of all types, defaults included, in the enum's order. `offered` are the short forms' values."""
    chosen = []
    for kind in PluginType:
        entries = merged.get(("plugins", kind.value)) or {}
        default = DEFAULTS.get(kind)
        names = list(entries)
        if default and (not names or (kind is PluginType.POLICY and default not in names)):
            names.insert(0, default)
        chosen += [
            _selection(merged, kind, name, entries.get(name, {}), manifest, offered.get((kind.value, name), {}))
            for name in names
        ]
    return chosen


def _selection(
    merged: Merged, kind: PluginType, name: str, entry: Mapping[str, Any], manifest: Path, offered: Mapping[str, Any]
) -> PluginSelection:
    base = ("plugins", kind.value, name)
    return PluginSelection(
        type=kind,
        name=name,
        config=entry.get("config") or {},
        version=entry.get("version"),
        distribution=entry.get("distribution"),
        offered=offered,
        locate=_locator(merged, base),
        pointer=_pointer(merged, base, manifest),
    )


def _locator(merged: Merged, base: KeyPath) -> Callable[[KeyPath], Location | None]:
    def locate(path: KeyPath) -> Location | None:
        return merged.locate((*base, *("type" if step == "name" and path == ("name",) else step for step in path)))

    return locate


def _pointer(merged: Merged, base: KeyPath, manifest: Path) -> Callable[[KeyPath], str | None]:
    def pointer(path: KeyPath) -> str | None:
        found = merged.origin((*base, *path))
        if found is None or found[0].document is None:
            return None
        document = found[0].document
        steps = (str(step).replace("~", "~0").replace("/", "~1") for step in document.written(found[1]))
        text = "".join(f"/{step}" for step in steps)
        if document.path == manifest:
            return text
        return f"{os.path.relpath(document.path, manifest.parent)}#{text}"

    return pointer
