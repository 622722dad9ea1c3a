"""What a picture of a run shows: its nodes with their tests folded in, and the path that decided how long it took."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from floe_sdk.runtime.runs.record import INTERRUPTED, NOT_RUN
from floe_sdk.schemas.events import NodeStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from floe_sdk.runtime.runs.record import NodeRecord, RunRecord, RunSummary

BAD = (
    NodeStatus.ERROR,
    NodeStatus.FAIL,
    INTERRUPTED,
    NodeStatus.WARN,
    NodeStatus.SKIPPED,
    NOT_RUN,
    NodeStatus.SUCCESS,
)
"""Statuses of nodes, the worst first."""


def summary_dict(run: RunSummary) -> dict[str, Any]:
    """A run in a line, as data."""
    return {
        "run_id": run.run_id,
        "product": run.product,
        "environment": run.environment,
        "status": run.status,
        "started_at": _text(run.started_at),
        "finished_at": _text(run.finished_at),
        "seconds": _rounded(run.seconds),
        "counts": dict(run.counts),
        "failures": run.failures,
        "rows": run.rows,
        "bytes": run.bytes,
        "message": run.message,
        "who": run.who,
        "pid": run.pid,
        "command": run.command,
        "parent": run.parent,
        "root": run.root,
        "retry_of": run.retry_of,
        "known_from": run.origin,
    }


def run_dict(record: RunRecord) -> dict[str, Any]:
    """A run with everything that is known of it, as data."""
    run = record.summary
    return {
        **summary_dict(run),
        "details": dict(run.details),
        "warnings": list(run.warnings),
        "left_out_as_current": run.current,
        "slowest_path": slowest_path(record),
        "nodes": [_node(node) for node in record.nodes],
        "names": dict(record.names),
    }


def _node(node: NodeRecord) -> dict[str, Any]:
    times = {"started_at": _text(node.started_at), "finished_at": _text(node.finished_at)}
    return {**asdict(node), **times, "parents": list(node.parents), "seconds": _rounded(node.seconds)}


def data_nodes(record: RunRecord) -> tuple[NodeRecord, ...]:
    """The nodes that leave data, and tests of nothing that ran."""
    shown = {node.id for node in record.nodes if not node.is_test}
    return tuple(node for node in record.nodes if not node.is_test or node.tested not in shown)


def tests_of(record: RunRecord) -> dict[str, list[NodeRecord]]:
    """The tests of each node, by its id, the worst first."""
    found: dict[str, list[NodeRecord]] = {}
    for node in record.nodes:
        if node.is_test and node.tested:
            found.setdefault(node.tested, []).append(node)
    for tests in found.values():
        tests.sort(key=lambda test: (rank(test.status), test.name))
    return found


def rank(status: str) -> int:
    """How bad a status is; 0 is the worst."""
    return BAD.index(status) if status in BAD else 0


def slowest_path(record: RunRecord) -> list[str]:
    """Ids from the first to the last of the nodes that the run's end waited for.

    Each is, of what the next one could not begin without (its parents and their tests), what ended last: a node that
    is built sooner ends the run sooner only if it is one of them.
    """
    executed = (node for node in record.nodes if node.status != NodeStatus.SKIPPED)
    nodes = {node.id: node for node in executed if node.started_at and node.finished_at}
    tests = tests_of(record)
    current = max(nodes.values(), key=_end, default=None)
    path: list[str] = []
    while current is not None and current.id not in path:
        path.append(current.id)
        waited = [nodes[parent] for parent in current.parents if parent in nodes]
        if not current.is_test:
            waited += [test for parent in current.parents for test in tests.get(parent, ()) if _before(test, current)]
        current = max(waited, key=_end, default=None)
    return path[::-1] if len(path) > 1 else []


def _before(node: NodeRecord, other: NodeRecord) -> bool:
    return bool(node.finished_at and other.started_at and node.finished_at <= other.started_at)


def reads(record: RunRecord, node: NodeRecord) -> Iterator[str]:
    """The names of what a node reads."""
    names = {each.id: each.name for each in record.nodes}
    return (names.get(parent) or record.names.get(parent) or parent for parent in node.parents)


def read_by(record: RunRecord) -> Mapping[str, Sequence[NodeRecord]]:
    """The nodes of this run that read a node, by its id; tests are no readers."""
    found: dict[str, list[NodeRecord]] = {}
    for node in record.nodes:
        for parent in node.parents if not node.is_test else ():
            found.setdefault(parent, []).append(node)
    return found


def span(record: RunRecord) -> tuple[datetime, float] | None:
    """When the first node's time begins and how many seconds the last one's end is later; None without any."""
    times = [time for node in record.nodes for time in (node.started_at, node.finished_at) if time is not None]
    times += [time for time in (record.summary.started_at, record.summary.finished_at) if time is not None]
    if not times:
        return None
    return min(times), (max(times) - min(times)).total_seconds()


def _end(node: NodeRecord) -> float:
    return node.finished_at.timestamp() if node.finished_at else 0.0


def _text(time: datetime | None) -> str | None:
    return time.isoformat(timespec="milliseconds") if time else None


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
