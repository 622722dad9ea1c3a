"""The plugin under test: one that is installed, by its name, or a class that is installed for the test."""

from __future__ import annotations

import inspect
import re
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from floe_sdk.plugins.discovery import OWN_DISTRIBUTION, PluginRecord, discover
from floe_sdk.plugins.loading import choose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from floe_sdk.plugins.types import PluginType

DISTRIBUTION = "floe-plugin-under-test"
_INFO = "floe_plugin_under_test-1.0.dist-info"


@contextmanager
def installed(kind: PluginType, plugin: str | type, distribution: str | None, folder: Path) -> Iterator[PluginRecord]:
    """The metadata of the plugin; a class gets a distribution of its own in `folder`, as long as this lasts."""
    if isinstance(plugin, str):
        yield choose(discover().records, f"{kind.value}/{plugin}", distribution)
        return
    record = _install(kind, plugin, folder)
    sys.path.insert(0, str(folder))
    try:
        yield record
    finally:
        sys.path.remove(str(folder))


def without(path: Iterable[str]) -> tuple[str, ...]:
    """The path without what this module put there."""
    return tuple(place for place in path if not (Path(place) / _INFO).exists())


def _install(kind: PluginType, plugin: type, folder: Path) -> PluginRecord:
    if "<locals>" in plugin.__qualname__:
        message = f"{plugin.__qualname__} is made inside a function: an entry point can't name it"
        raise ValueError(message)
    sys.modules.setdefault(plugin.__module__, inspect.getmodule(plugin) or sys.modules["__main__"])
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", plugin.__qualname__.rpartition(".")[2]).lower()
    info = folder / _INFO
    info.mkdir(parents=True, exist_ok=True)
    metadata = f"Metadata-Version: 2.1\nName: {DISTRIBUTION}\nVersion: 1.0\nRequires-Dist: {OWN_DISTRIBUTION}\n"
    (info / "METADATA").write_text(metadata, encoding="utf-8")
    target = f"{plugin.__module__}:{plugin.__qualname__}"
    (info / "entry_points.txt").write_text(f"[{kind.group}]\n{name} = {target}\n", encoding="utf-8")
    return PluginRecord(kind.value, name, DISTRIBUTION, "1.0", "", "", "", target)
