"""Where dbt's packages lie: installed ones in dbt's folder, local ones (`local: PATH`) where a link there leads."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from floe_sdk import Node
    from floe_transform_dbt.project import DbtProject


class Packages:
    """The packages of these names, as far as they have a folder of their own."""

    def __init__(self, project: DbtProject, names: Iterable[str]) -> None:
        self._root = project.root.resolve()
        installed = project.packages.resolve()
        folders = {name: installed / name for name in names}
        self._folders = {name: folder.resolve() for name, folder in folders.items() if folder.is_dir()}
        self.local = tuple(
            sorted(name for name, folder in self._folders.items() if not folder.is_relative_to(installed))
        )

    def path(self, node: Node) -> str:
        """The node's file relative to the project's root; dbt knows it relative to the package's."""
        folder = self._folders.get(node.package)
        return node.path if folder is None else Path(os.path.relpath(folder / node.path, self._root)).as_posix()
