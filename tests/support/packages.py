"""Real installed packages, made on the spot: a folder for `sys.path` with modules and their `.dist-info`."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

STORAGE = """
    from floe_sdk import PluginConfig, PluginContext, StorageAccess, hookimpl

    class Config(PluginConfig):
        bucket: str = "lake"

    class Plugin:
        def __init__(self, config: Config, context: PluginContext) -> None:
            self.config = config

        @hookimpl
        def storage_access(self) -> StorageAccess:
            return StorageAccess(root=f"mem://{self.config.bucket}/")
"""
"""The code of a storage plugin that works: `Plugin`."""


class Site:
    """A folder that stands for site-packages; `folder` belongs on `sys.path`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def install(
        self,
        name: str,
        code: str = STORAGE,
        *,
        plugins: Mapping[str, str] | None = None,
        module: str | None = None,
        version: str = "1.0",
        requires: Sequence[str] = ("floe-sdk>=0.1",),
        metadata: str | None = None,
    ) -> str:
        """Install the distribution `name` with one module; returns the module's name.

        `plugins` maps `type/name` (or `command/name`) to an attribute of the module, or to a whole `module:attribute`;
        without it there is one plugin `storage/<name>`. `metadata` replaces the text of METADATA.
        """
        module = module or name.replace("-", "_")
        (self.folder / f"{module}.py").write_text(textwrap.dedent(code), encoding="utf-8")
        info = self.folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(exist_ok=True)
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", f"Summary: The package {name}"]
        lines += [f"Requires-Dist: {requirement}" for requirement in requires]
        (info / "METADATA").write_text(metadata if metadata is not None else "\n".join([*lines, "", "A text."]))
        (info / "entry_points.txt").write_text(_entry_points(module, plugins or {f"storage/{name}": "Plugin"}))
        return module

    def python(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run this Python with the folder on its path."""
        return self._run([sys.executable, *arguments], environment)

    def floe(self, *arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the command `floe` with the folder on its path; `cwd` is the folder itself where none is given."""
        return self._run([sys.executable, "-m", "floe_sdk", *arguments], environment, cwd)

    def _run(
        self, command: Sequence[str], environment: Mapping[str, str], cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        variables = {key: value for key, value in os.environ.items() if not key.startswith(("FLOE_", "OTEL_"))}
        variables.update(environment, PYTHONPATH=str(self.folder))
        return subprocess.run(
            command, env=variables, cwd=cwd or self.folder, capture_output=True, text=True, timeout=120, check=False
        )


def _entry_points(module: str, plugins: Mapping[str, str]) -> str:
    groups: dict[str, list[str]] = {}
    for identity, target in plugins.items():
        kind, _, name = identity.partition("/")
        group = "floe.commands" if kind == "command" else f"floe.{kind}"
        groups.setdefault(group, []).append(f"{name} = {target if ':' in target else f'{module}:{target}'}")
    return "\n".join(line for group, lines in groups.items() for line in (f"[{group}]", *lines, ""))
