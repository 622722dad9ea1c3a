"""A command that does not outlive the program that started it, however that ends."""

from __future__ import annotations

import os
import signal
import threading
import time

import click

from floe_sdk.runtime.interrupt import interrupt_process

PATIENCE = 30.0
"""Seconds that a clean end may take before this process ends itself anyhow."""


def _stop_on_eof(_ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        stop_when_closed(0)


stop_on_eof_option = click.option(
    "--stop-on-eof",
    is_flag=True,
    expose_value=False,
    callback=_stop_on_eof,
    help="End as after Ctrl-C when standard input closes: for a program that starts floe and may be killed.",
)
"""`--stop-on-eof`, which needs nothing of the command: from here on it ends when the program that started it does."""


def stop_when_closed(descriptor: int) -> None:
    """Interrupt this process when `descriptor`, which nobody writes to, is closed at its other end."""
    threading.Thread(target=_watch, args=(descriptor,), daemon=True, name="floe-parent").start()


def _watch(descriptor: int) -> None:
    # not sys.stdin, whose lock a blocked thread would hold when Python ends
    try:
        while os.read(descriptor, 4096):
            pass
    except OSError:
        pass
    interrupt_process()
    time.sleep(PATIENCE)
    os.kill(os.getpid(), signal.SIGKILL)
