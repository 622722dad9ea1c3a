"""Work that makes many objects and hardly a cycle, without the collector that would look for cycles all the time."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def without_cyclic_gc() -> Iterator[None]:
    """Pause the collector of this process; one that was off stays off."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
