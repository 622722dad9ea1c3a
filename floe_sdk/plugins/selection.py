"""What the manifest (or an artifact) selects, before anything is imported."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from floe_sdk.errors import Location
    from floe_sdk.plugins.types import PluginType

    Path = tuple[str | int, ...]


@dataclass(frozen=True)
class PluginSelection:
    """A plugin that somebody asked for: its type and name, and optionally a distribution and a version specifier.

    `config` is unvalidated, secrets still references. `locate` gives the place in a file of a path below `config`
    (`()` is the plugin itself, `("name",)` its name, `("version",)` its version, `("config", "endpoint")` a value).
    `pointer` gives the JSON pointer of such a path in the manifest that holds it; one in another file than the
    platform's manifest is `FILE#POINTER`, FILE relative to that manifest.
    `offered` are values of the short forms under `observability` (`endpoint`, `protocol`, ...): each is handed to a
    configuration model that declares a field of that name and is not given it by `config`; others leave it.
    """

    type: PluginType
    name: str
    config: Mapping[str, Any] = field(default_factory=dict)
    version: str | None = None
    distribution: str | None = None
    locate: Callable[[Path], Location | None] = lambda _path: None
    pointer: Callable[[Path], str | None] = lambda _path: None
    offered: Mapping[str, Any] = field(default_factory=dict)

    @property
    def identity(self) -> str:
        """`type/name`."""
        return f"{self.type.value}/{self.name}"
