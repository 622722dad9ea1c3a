"""Ctrl-C and SIGTERM end a run alike: cleanly."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


class Interrupt:
    """Whether somebody has asked the run to end; known before the engine's threads notice.

    A person's second Ctrl-C interrupts the clean end too. A signal beside the process's own asking does not: a program
    that ends often closes what it holds and signals its children at the same moment.
    """

    def __init__(self) -> None:
        self.requested = False
        self._asked = threading.Lock()
        self._forgiven = False

    def ask(self) -> None:
        """Interrupt the run as Ctrl-C does, once: a second time would interrupt its clean end."""
        if not self.requested and self._asked.acquire(blocking=False):
            os.kill(os.getpid(), signal.SIGINT)

    def handle(self, _number: int, _frame: FrameType | None) -> None:
        """A signal handler."""
        if self.requested and self._asked.locked() and not self._forgiven:
            self._forgiven = True
            return
        self.requested = True
        raise KeyboardInterrupt


_running: list[Interrupt] = []


def interrupt_process() -> None:
    """Interrupt this process as Ctrl-C does; a run that is ending already is left to its end."""
    if _running:
        _running[-1].ask()
    else:
        os.kill(os.getpid(), signal.SIGINT)


@contextlib.contextmanager
def interruptible() -> Iterator[Interrupt]:
    """Turn SIGINT and SIGTERM into KeyboardInterrupt while the block runs; only the main thread can arrange that."""
    interrupt = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    before = {number: signal.signal(number, interrupt.handle) for number in (signal.SIGINT, signal.SIGTERM)}
    _running.append(interrupt)
    try:
        yield interrupt
    finally:
        _running.remove(interrupt)
        for number, handler in before.items():
            signal.signal(number, handler)
