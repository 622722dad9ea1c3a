"""The end of a run: everything that is held is delivered side by side, within one deadline."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from floe_sdk.runtime.faults import fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Flush = Callable[[float], list[str]]

DEADLINE = 3.0
"""Seconds that delivery may take at the end of a run, over all sinks and signals."""


def flush_all(flushes: Mapping[str, Flush], timeout: float = DEADLINE) -> tuple[str, ...]:
    """Call each with `timeout`, on a thread of its own; returns their warnings, and one for each that hangs."""
    warnings: dict[str, list[str]] = {}

    def call(name: str, flush: Flush) -> None:
        fault("during-flush", name)
        try:
            warnings[name] = flush(timeout)
        except Exception as error:  # noqa: BLE001 - a run never fails for a backend's sake
            warnings[name] = [f"{name}: {type(error).__name__}: {error}"]

    threads = [
        threading.Thread(target=call, args=item, name=f"floe flush {item[0]}", daemon=True) for item in flushes.items()
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + timeout
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    late = {name: [f"{name} did not finish within {timeout:g} s"] for name in flushes}
    return tuple(line for name in flushes for line in warnings.get(name, late[name]))
