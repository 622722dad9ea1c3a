"""What a hook does that should only answer: files it opens, addresses it asks, secrets it reveals."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from floe_sdk.plugins.host import Platform

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_ASKING = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "subprocess.Popen")
_CHANGING = ("os.mkdir", "os.remove", "os.rename", "os.rmdir", "sqlite3.connect")
_LOOKING = ("os.listdir", "os.scandir")
_IGNORED = ("__pycache__", os.devnull)
"""Python writes what it compiled wherever a module is imported for the first time."""


class _Watch:
    """What happened while it was among `_watches`; `folders` are those in which reading counts, too."""

    def __init__(self, folders: tuple[str, ...]) -> None:
        self.seen: list[str] = []
        self._folders = folders

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        path = os.fsdecode(arguments[0]) if arguments and isinstance(arguments[0], (str, bytes, os.PathLike)) else ""
        inside = bool(self._folders) and path.startswith(self._folders)
        writing = event == "open" and bool(arguments[2] & _WRITING)
        if event in _ASKING:
            self.seen.append(f"{event} {arguments[0 if event == 'subprocess.Popen' else -1]}")
        elif (event in _CHANGING or writing) and path and not any(each in path for each in _IGNORED):
            self.seen.append(f"{event} {path} (writing)")
        elif event in ("open", *_LOOKING) and inside:
            self.seen.append(f"{event} {path}")


_watches: list[_Watch] = []


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    for watch in _watches:
        watch.hear(event, arguments)


@cache
def _listen() -> None:
    """Once, for good: Python takes no audit hook away, and without a watch it does nothing."""
    sys.addaudithook(_hear)


@contextmanager
def answering(platform: Platform, *folders: Path) -> Iterator[None]:
    """Fail where the block does more than answer: it writes or asks anywhere, reads in `folders`, reveals a secret."""
    _listen()
    watch = _Watch(tuple(map(os.fspath, folders)))

    def before(hook_name: str, _implementations: object, arguments: dict[str, Any]) -> None:
        if hook_name == "secrets_resolve":
            watch.seen.append(f"the secret {arguments['key']} was revealed")

    undo = platform.monitor(before, lambda *_: None)
    _watches.append(watch)
    try:
        yield
    finally:
        _watches.remove(watch)
        undo()
    assert not watch.seen, f"it should only answer, and did more: {'; '.join(watch.seen)}"
