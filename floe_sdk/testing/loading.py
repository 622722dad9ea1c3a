"""A platform of plugins that nobody has installed yet: for trying one out, and for tests."""

from __future__ import annotations

import re
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from floe_sdk.plugins.host import Platform

_DISTRIBUTION = "floe-loaded"


@contextmanager
def loaded(root: Path | None = None, **plugins: type | tuple[type, Mapping[str, Any]]) -> Iterator[Platform]:
    """A platform with these plugins, configured, checked and called by the host as installed ones are.

        with loaded(storage=(Folder, {"path": "lake"})) as platform:
            platform.storage.storage_access()

    Each keyword is a type; its value the class, which stands at the top of its module, or the class and the
    configuration, as manifest.yaml has it. A class `HouseRules` is the plugin `house-rules`. `root` is the platform's
    folder, and that of the product `shop` in the environment `dev`; without it, one that is removed at the end.
    Raises FloeError as loading a manifest does.
    """
    from floe_sdk.plugins.config import PluginContext
    from floe_sdk.plugins.host import Platform
    from floe_sdk.plugins.selection import PluginSelection
    from floe_sdk.plugins.types import PluginType

    chosen = {PluginType(kind): one if isinstance(one, tuple) else (one, {}) for kind, one in plugins.items()}
    selections = [PluginSelection(kind, _name(plugin), config) for kind, (plugin, config) in chosen.items()]
    with tempfile.TemporaryDirectory(prefix="floe-loaded-") as made:
        folder = root or Path(made, "platform")
        state = folder / ".floe"
        folder.mkdir(parents=True, exist_ok=True)
        context = PluginContext("dev", "lake", "shop", "shop", folder, folder, state / "dev", state)
        site = Path(made, "site")
        _install(site, {kind: plugin for kind, (plugin, _) in chosen.items()})
        sys.path.insert(0, str(site))
        try:
            with Platform.load(selections, context) as platform:
                yield platform
        finally:
            sys.path.remove(str(site))


def _name(plugin: type) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", plugin.__qualname__).lower()


def _install(site: Path, plugins: Mapping[Any, type]) -> None:
    """The metadata of a distribution whose entry points name the classes where they are."""
    info = site / "floe_loaded-1.0.dist-info"
    info.mkdir(parents=True)
    head = f"Metadata-Version: 2.1\nName: {_DISTRIBUTION}\nVersion: 1.0\nRequires-Dist: floe-sdk\n"
    (info / "METADATA").write_text(head, encoding="utf-8")
    groups = [f"[{kind.group}]\n{_name(one)} = {one.__module__}:{one.__qualname__}\n" for kind, one in plugins.items()]
    (info / "entry_points.txt").write_text("\n".join(groups), encoding="utf-8")
