"""Ending the queries of a run that is interrupted, also those that begin while it is being interrupted."""

from __future__ import annotations

import threading
import time
from typing import Any

PAUSE = 0.1
"""Seconds between two looks at the threads."""


def cancel_until_ended(connections: Any) -> None:
    """Interrupt the connections of dbt's other threads again and again, until these threads have ended.

    DuckDB's `interrupt` stops the query that runs now, and none that begins a moment later: a node that is between its
    start and its query would go on for as long as that takes, and dbt waits for it.
    """
    mine = threading.get_ident()

    def cancel() -> None:
        while others := _others(connections, mine):
            for connection in others:
                if connection.handle is not None and connection.state == "open":
                    connections.cancel(connection)
            time.sleep(PAUSE)

    threading.Thread(target=cancel, daemon=True, name="floe-cancel").start()


def _others(connections: Any, mine: int) -> list[Any]:
    """The connections of threads that are still there, but for the one that interrupts."""
    alive = {thread.ident for thread in threading.enumerate()} - {mine}
    with connections.lock:
        return [connection for (_, ident), connection in connections.thread_connections.items() if ident in alive]
