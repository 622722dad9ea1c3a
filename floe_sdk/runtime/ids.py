"""Run ids: UUID version 7, which sort by the time at which they were made."""

from __future__ import annotations

import secrets
import threading
import time
import uuid

_lock = threading.Lock()
_last = 0


def new_run_id() -> str:
    """A new UUIDv7 (RFC 9562); later ones of this process are always greater."""
    global _last  # noqa: PLW0603 - the order within one process needs the last one
    with _lock:
        # Milliseconds, then 12 bits of the fraction: two ids in one millisecond keep their order.
        tick = max((time.time_ns() << 12) // 1_000_000, _last + 1)
        _last = tick
    milliseconds, fraction = tick >> 12, tick & 0xFFF
    value = (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=value))
