"""Calls side by side, within one deadline: what is late is left behind."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_Answer = TypeVar("_Answer")


def side_by_side(calls: Mapping[str, Callable[[], _Answer]], timeout: float, what: str) -> dict[str, _Answer]:
    """What each call gave that ended in time, by name; none may raise. Each has a daemon thread of its own."""
    answers: dict[str, _Answer] = {}

    def ask(name: str, call: Callable[[], _Answer]) -> None:
        answers[name] = call()

    threads = [
        threading.Thread(target=ask, args=item, name=f"floe {what} {item[0]}", daemon=True) for item in calls.items()
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + timeout
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return answers.copy()
