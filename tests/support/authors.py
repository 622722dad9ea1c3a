"""A plugin's source folder that keeps every rule of `floe plugins check`, to be broken by a test in one place."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "pyproject.toml": """
        [build-system]
        requires = ["hatchling>=1.27"]
        build-backend = "hatchling.build"

        [project]
        name = "floe-storage-shelf"
        version = "1.0.0"
        description = "A folder as the storage of floe"
        readme = "README.md"
        requires-python = ">=3.10"
        license = "Apache-2.0"
        license-files = ["LICENSE"]
        authors = [{name = "Ada Example"}]
        classifiers = ["Programming Language :: Python :: 3.10", "Typing :: Typed"]
        dependencies = ["floe-sdk>=0.1,<0.2"]

        [project.urls]
        Homepage = "https://github.com/ada-example/floe-storage-shelf"

        [project.entry-points."floe.storage"]
        shelf = "floe_storage_shelf:Shelf"
    """,
    "LICENSE": "Do what you like.\n",
    "README.md": """
        # floe-storage-shelf

        Puts the tables of floe on a shelf: a folder of this machine, made where it is missing. Meant for trying
        things out, and for the tests of those who write plugins for floe.

        ```yaml
        plugins:
          storage:
            type: shelf
            config:
              folder: boards
        ```

        | key | meaning |
        |---|---|
        | `folder` | below the platform's folder; default: `shelf` |
    """,
    "src/floe_storage_shelf/py.typed": "",
    "src/floe_storage_shelf/__init__.py": """
        '''A folder as the storage of floe.'''

        from floe_storage_shelf.plugin import Shelf

        __all__ = ["Shelf"]
    """,
    "src/floe_storage_shelf/plugin.py": """
        '''The plugin.'''

        import time
        from pathlib import Path

        from pydantic import Field

        from floe_sdk import (
            STORAGE_NOT_WRITABLE, FloeError, Health, PluginConfig, PluginContext, StorageAccess, hookimpl
        )


        class ShelfConfig(PluginConfig):
            '''Where the shelf is.'''

            folder: str = Field(default="shelf", description="Below the platform's folder.")


        class Shelf:
            '''A folder of this machine.'''

            def __init__(self, config: ShelfConfig, context: PluginContext) -> None:
                self.folder: Path = context.platform_root / config.folder

            @hookimpl
            def storage_access(self) -> StorageAccess:
                return StorageAccess(root=f"{self.folder.as_uri()}/")

            @hookimpl
            def storage_ready(self, timeout: float) -> None:
                probe = self.folder / "probe"
                try:
                    self.folder.mkdir(parents=True, exist_ok=True)
                    probe.touch()
                    probe.unlink(missing_ok=True)
                except OSError as error:
                    problem = f"the shelf {self.folder} can't be written: {error.strerror}"
                    raise FloeError(STORAGE_NOT_WRITABLE, problem, fix="name another `folder`") from error

            @hookimpl
            def plugin_health(self, timeout: float) -> Health:
                start = time.perf_counter()
                try:
                    self.storage_ready(timeout)
                except FloeError as error:
                    return Health.fault(error, time.perf_counter() - start)
                return Health(ok=True, message=f"{self.folder} can be written", seconds=time.perf_counter() - start)
    """,
    "tests/test_contract.py": """
        from floe_sdk.testing import StorageContract


        class TestShelf(StorageContract):
            plugin = "shelf"
    """,
}


class Author:
    """The folder of a plugin, and the command run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, text in FILES.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        """Put a file in the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace a part of a file, which must be there."""
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text, (name, old)
        (self.folder / name).write_text(text.replace(old, new), encoding="utf-8")

    def remove(self, name: str) -> None:
        """Take a file away."""
        (self.folder / name).unlink()

    def check(self, *arguments: str) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
        """`floe plugins check . --json`: how it ended, and what it printed."""
        command = [sys.executable, "-m", "floe_sdk", "plugins", "check", str(self.folder), "--json", *arguments]
        ended = subprocess.run(
            command, cwd=self.folder.parent, capture_output=True, text=True, timeout=300, check=False
        )
        assert ended.stdout, ended.stderr
        return ended, json.loads(ended.stdout)


def broken(report: dict[str, Any]) -> set[str]:
    """The rules that a report says are broken."""
    return {one["rule"] for one in report["rules"] if one["status"] == "broken"}
