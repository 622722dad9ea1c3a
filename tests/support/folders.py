"""What is in a folder, to compare it with itself later."""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGE = 1024 * 1024


def contents(folder: Path) -> dict[str, str]:
    """Every path below `folder` with its kind and a digest of its bytes (of a large file: size and time)."""
    return {str(path.relative_to(folder)): _described(path) for path in sorted(folder.rglob("*"))}


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    """`folder` as the working directory, as `contextlib.chdir` has it from Python 3.11 on."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _described(path: Path) -> str:
    if path.is_symlink():
        return f"link to {path.readlink()}"
    if not path.is_file():
        return "folder"
    status = path.stat()
    if status.st_size > LARGE:
        return f"file of {status.st_size} bytes of {status.st_mtime_ns}"
    return hashlib.sha256(path.read_bytes()).hexdigest()
