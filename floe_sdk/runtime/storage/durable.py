"""Files of this machine that a power cut does not take back: on the disk, with their names, before anything refers to
them.
"""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

_AT_ONCE = 8
_CANNOT = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EPERM, errno.EBADF, errno.ENOSYS})
"""What a file system answers that has no such thing for folders, or a folder that may be entered but not read."""


def local_path(uri: str) -> Path | None:
    """The path of a file of this machine; None for one elsewhere. `file:/a` is Hadoop's spelling of `file:///a`."""
    if urlsplit(uri).scheme not in ("", "file"):
        return None
    return Path(uri.removeprefix("file:").removeprefix("//"))


def make_folder(folder: Path) -> None:
    """Make it and what is missing above it, on the disk."""
    if folder.is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True)
    for each in folder.parents:
        _sync_folder(each)


def sync_files(uris: Iterable[str]) -> None:
    """Wait until files that were written are on the disk, and their names; those elsewhere are the storage's business.

    Raises OSError where the disk did not take them.
    """
    paths = [path for uri in uris if (path := local_path(uri)) is not None]
    if len(paths) > 1:
        with ThreadPoolExecutor(_AT_ONCE) as pool:  # together they cost the disk little more than one
            list(pool.map(_sync_file, paths))
    elif paths:
        _sync_file(paths[0])
    for folder in dict.fromkeys(path.parent for path in paths):
        _sync_folder(folder)


def _sync_file(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    try:
        _sync_file(folder)
    except OSError as error:
        if error.errno not in _CANNOT:
            raise
