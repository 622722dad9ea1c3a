"""Fault points: named moments at which a test has the process killed; off unless FLOE_FAULT names one.

`FLOE_FAULT=before-commit:orders` kills this process with SIGKILL when the node or table `orders` comes to
`before-commit`; without `:orders`, the first that does.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VARIABLE = "FLOE_FAULT"

POINTS = (
    "after-start",
    "during-copy",
    "after-file",
    "before-commit",
    "during-commit",
    "after-commit",
    "before-complete",
    "during-flush",
)
"""The steps of a node in order: after its START was told; while its file is written; when it is written; before the
commit, its manifests written; the next metadata written, the catalog not changed; after the commit; before its COMPLETE
is told; and, of the run, while the sinks are flushed (`lineage`, `spans`, ... are the names)."""


def fault(point: str, name: str = "") -> None:
    """Die here when FLOE_FAULT says so; `name` is a node's id, `namespace.table`, or a part's own name."""
    wanted = os.environ.get(VARIABLE)
    if wanted and _meant(wanted, point, name):
        _die()


@contextmanager
def fault_during(point: str, name: str, begun: Callable[[], bool]) -> Iterator[None]:
    """Die while the block runs, as soon as `begun` is true, and at its end at the latest, when FLOE_FAULT says so."""
    wanted = os.environ.get(VARIABLE)
    if not wanted or not _meant(wanted, point, name):
        yield
        return

    def watch() -> NoReturn:
        while not begun():
            time.sleep(0.0005)
        _die()

    threading.Thread(target=watch, daemon=True).start()
    yield
    _die()


def _meant(wanted: str, point: str, name: str) -> bool:
    wanted_point, _, wanted_name = wanted.partition(":")
    return wanted_point == point and (not wanted_name or f".{name}".endswith(f".{wanted_name}"))


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    while True:  # the signal comes to the process, not to this line
        time.sleep(1)
