"""Ctrl-C, SIGTERM and a terminal that is closed end a run alike: cleanly."""

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

    def hang_up(self, number: int, frame: FrameType | None) -> None:
        """A signal handler: of a closed terminal both the shell and the system tell, at about the same moment."""
        if not self.requested:
            self.handle(number, frame)


_running: list[Interrupt] = []


def interrupt_process() -> None:
    """Interrupt this process as Ctrl-C does; a run that is ending already is left to its end."""
    if _running:
        _running[-1].ask()
    else:
        os.kill(os.getpid(), signal.SIGINT)


@contextlib.contextmanager
def interruptible() -> Iterator[Interrupt]:
    """Turn SIGINT, SIGTERM and SIGHUP into KeyboardInterrupt while the block runs, in the main thread alone.

    Where SIGHUP is ignored (`nohup`) it stays so.
    """
    interrupt = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    before = {number: signal.signal(number, interrupt.handle) for number in (signal.SIGINT, signal.SIGTERM)}
    if (hang_up := getattr(signal, "SIGHUP", None)) and signal.getsignal(hang_up) is not signal.SIG_IGN:
        before[hang_up] = signal.signal(hang_up, interrupt.hang_up)
    _running.append(interrupt)
    try:
        yield interrupt
    finally:
        _running.remove(interrupt)
        for number, handler in before.items():
            signal.signal(number, handler)
