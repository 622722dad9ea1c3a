"""The end of a run: everything that is held is delivered side by side, within one deadline."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from floe_sdk.runtime.recovery.faults import fault
from floe_sdk.runtime.side_by_side import side_by_side

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Flush = Callable[[float], list[str]]

DEADLINE = 3.0
"""Seconds that delivery may take at the end of a run, over all sinks and signals."""


def flush_all(flushes: Mapping[str, Flush], timeout: float = DEADLINE) -> tuple[str, ...]:
    """Call each with `timeout`, on a thread of its own; returns their warnings, and one for each that hangs."""
    warnings = side_by_side(
        {name: partial(_call, name, flush, timeout) for name, flush in flushes.items()}, timeout, "flush"
    )
    late = {name: [f"{name} did not finish within {timeout:g} s"] for name in flushes}
    return tuple(line for name in flushes for line in warnings.get(name, late[name]))


def _call(name: str, flush: Flush, timeout: float) -> list[str]:
    fault("during-flush", name)
    try:
        return flush(timeout)
    except Exception as error:  # noqa: BLE001 - a run never fails for a backend's sake
        return [f"{name}: {type(error).__name__}: {error}"]
