"""Closing what a killed run left open: every START gets its end, by the next run."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from floe_sdk.runtime.lineage import facets
from floe_sdk.runtime.lineage.spool_file import TERMINAL
from floe_sdk.runtime.runs.record import KILLED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from floe_sdk.runtime.lineage.spool import Spool


def recover(spool: Spool) -> list[str]:
    """Close the open runs of every file that was left over and send what is missing; the ids of the runs closed.

    The caller holds the product's lock: nobody else is writing these files.
    """
    closed = []
    for file in spool.left_over():
        aborts = [] if file.ended() else close_open(file.events(), file.run_id)
        for abort in aborts:
            file.append(abort)
        closed += [file.run_id] if aborts else []
        spool.resend(file)
    return closed


def close_open(events: Iterable[dict[str, Any]], run_id: str) -> list[dict[str, Any]]:
    """An ABORT for each START without an end, the run's own last."""
    started: dict[str, dict[str, Any]] = {}
    for event in events:
        if event["eventType"] == "START":
            started[event["run"]["runId"]] = event
        elif event["eventType"] in TERMINAL:
            started.pop(event["run"]["runId"], None)
    in_order = sorted(started.values(), key=lambda event: event["run"]["runId"] == run_id)
    return [_abort(event) for event in in_order]


def _abort(start: dict[str, Any]) -> dict[str, Any]:
    run_facets = {**start["run"].get("facets", {}), "errorMessage": facets.error_message(KILLED)}
    return {
        **start,
        "eventType": "ABORT",
        "eventTime": datetime.now(timezone.utc).isoformat(),
        "run": {**start["run"], "facets": run_facets},
    }
