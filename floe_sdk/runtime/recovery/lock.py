"""One run at a time a product: a lock of the operating system, which ends with the process that holds it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.run import RUN_LOCKED
from floe_sdk.runtime.recovery.state import open_runs, writable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK_FILE = "run.lock"


@contextlib.contextmanager
def product_lock(state: Path, wait: float = 0.0) -> Iterator[None]:
    """Hold the product's lock, waiting for it `wait` seconds at most; FLOE-R001 names who holds it."""
    from filelock import FileLock, Timeout

    with writable(state):
        state.mkdir(parents=True, exist_ok=True)
        (state / LOCK_FILE).touch()
    lock = FileLock(state / LOCK_FILE, timeout=wait, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise FloeError(
            RUN_LOCKED,
            f"this product is being run by {_holder(state)}",
            where=str(state / LOCK_FILE),
            fix="wait for it, or use `floe run --wait SECONDS`",
        ) from None
    try:
        yield
    finally:
        lock.release()


def _holder(state: Path) -> str:
    entries = open_runs(state)
    if not entries:
        return "another process"
    last = entries[-1]
    return f"process {last.pid} on {last.host} (run {last.run_id}, since {last.started})"
