"""Where files lie in a package: as they lie to each other here, below `app/`."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.packaging import INCLUDE_OUTSIDE
from floe_sdk.project.document import shown_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

APP = "app"
_OWN = frozenset({".floe", "target", ".git", "__pycache__"})
"""Folders of a product that hold what was made, and never data."""


class Layout:
    """The places of a product's files, given by their path relative to the product's root, also above it (`../dbt`).

    The folder's own name counts only where something lies above it, so that a copy elsewhere gives the same package.
    """

    def __init__(self, product_root: Path, product: str, relatives: Iterable[str]) -> None:
        root = product_root.resolve()
        above = max((_above(relative) for relative in relatives), default=0)
        names = root.parts[len(root.parts) - above :] if above else (product,)
        self.product = posixpath.join(APP, *names)

    def place(self, relative: str) -> str:
        """The path in the package."""
        return posixpath.normpath(posixpath.join(self.product, relative))


def _above(relative: str) -> int:
    return sum(1 for part in posixpath.normpath(relative).split("/") if part == "..")


def included(paths: Iterable[Path], product_root: Path) -> dict[str, Path]:
    """The files of `--include`, by their path relative to the product. Raises FloeError for one outside of it."""
    root = product_root.resolve()
    found: dict[str, Path] = {}
    for path in paths:
        real = path.resolve()
        if not real.exists() or not real.is_relative_to(root):
            problem = "it is not below the product's folder" if real.exists() else "there is no such file or folder"
            fix = f"name something in {shown_path(product_root)}, as seen from the working directory"
            raise FloeError(INCLUDE_OUTSIDE, problem, where=str(path), fix=fix)
        files = _walk(real) if real.is_dir() else [real]
        found.update((file.relative_to(root).as_posix(), file) for file in files)
    return found


def _walk(folder: Path) -> Iterator[Path]:
    for current, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _OWN]
        yield from (path for name in names if (path := Path(current, name)).is_file())
