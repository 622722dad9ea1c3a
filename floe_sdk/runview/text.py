"""A run in words: who and when, what failed, and a line a node with its bar in time."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from floe_sdk.runtime.runs.record import INTERRUPTED, NOT_RUN, PUBLISHED, RUNNING
from floe_sdk.runview.view import BAD, data_nodes, rank, read_by, reads, slowest_path, span, tests_of
from floe_sdk.schemas.events import NodeStatus, RunStatus
from floe_sdk.schemas.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from floe_sdk.runtime.runs.record import NodeRecord, RunRecord, RunSummary

WORDS: dict[str, str] = {
    NodeStatus.SUCCESS: "OK",
    NodeStatus.WARN: "WARN",
    NodeStatus.FAIL: "FAIL",
    NodeStatus.ERROR: "ERROR",
    NodeStatus.SKIPPED: "SKIP",
    INTERRUPTED: "STOP",
    NOT_RUN: "-",
}
WIDTH = 40
"""Characters of the time line."""
_VERBS: dict[str, str] = {
    RunStatus.SUCCESS: "succeeded",
    RunStatus.FAILED: "failed",
    RunStatus.ABORTED: "was ended before it was done",
    RUNNING: "is going on",
    PUBLISHED: "is known by what it published",
}
_PROBLEMS = BAD[: BAD.index(NodeStatus.SKIPPED)]
COLUMNS = ("STATUS", "NODE", "KIND", "ROWS", "SIZE", "TESTS", "SECONDS", "TIME LINE")


def head_lines(record: RunRecord, size_text: Callable[[int], str]) -> Iterator[str]:
    """The run as a whole."""
    run = record.summary
    took = f" after {run.seconds:.1f} s" if run.seconds is not None and run.origin != "catalog" else ""
    version = run.details.get("version")
    of = f"{run.product} {version}" if version else run.product
    yield f"run {run.run_id} of {of} in {run.environment}: {_VERBS.get(run.status, run.status)}{took}"
    yield f"  {figures(run, size_text)}"
    yield from (f"  {line}" for line in _circumstances(run))
    if run.message:
        yield f"  {run.message}"
    yield from (f"  warning: {warning}" for warning in run.warnings)


def _circumstances(run: RunSummary) -> Iterator[str]:
    times = [f"began {local(run.started_at)}" if run.origin != "catalog" else f"published from {local(run.started_at)}"]
    if run.finished_at:
        times.append(f"{'to' if run.origin == 'catalog' else 'ended'} {local(run.finished_at)}")
    yield ", ".join(times)
    if run.who or run.command:
        pid = f", process {run.pid}" if run.pid else ""
        yield f"by {run.who or 'somebody'}{pid}{f': {run.command}' if run.command else ''}"
    if run.parent:
        yield f"for {run.parent['namespace']}/{run.parent['name']}, run {run.parent['runId']}"
    if run.root and run.root != run.parent:
        yield f"which belongs to {run.root['namespace']}/{run.root['name']}, run {run.root['runId']}"
    if run.retry_of:
        yield f"ran what was left of run {run.retry_of}"
    if run.current:
        yield f"left out {counted(run.current, 'node')}, as nothing had changed"
    if run.origin == "catalog":
        yield "it ran on another machine, or this one has forgotten it: what it committed is all that is known here"
    elif run.origin == "journal":
        yield "its nodes were not recorded"


def figures(run: RunSummary, size_text: Callable[[int], str]) -> str:
    """`10 OK, 1 FAIL; 1,200 rows published, 52.1 KB`."""
    counts = ", ".join(f"{run.counts[each]} {WORDS[each]}" for each in WORDS if run.counts.get(each))
    size = f", {size_text(run.bytes)}" if run.bytes else ""
    return f"{counts}; {counted(run.rows, 'row')} published{size}" if counts else "no node ended"


def node_rows(record: RunRecord, size_text: Callable[[int], str], *, bar: str) -> list[Sequence[object]]:
    """The cells of `COLUMNS`, for each node that leaves data."""
    tests, time, path = tests_of(record), span(record), set(slowest_path(record))
    return [
        (
            WORDS.get(node.status, node.status),
            f"{node.name}{' *' if node.id in path else ''}",
            node.materialization or node.kind,
            None if node.rows is None else f"{node.rows:,}",
            None if node.bytes is None else size_text(node.bytes),
            _answers(tests.get(node.id, ())),
            None if node.seconds is None or node.status == NodeStatus.SKIPPED else f"{node.seconds:.2f}",
            bar_of(node, time, bar),
        )
        for node in data_nodes(record)
    ]


def _answers(tests: Sequence[NodeRecord]) -> str | None:
    count = Counter(test.status for test in tests)
    return ", ".join(f"{count[each]} {WORDS[each]}" for each in sorted(count, key=rank)) if tests else None


def bar_of(node: NodeRecord, time: tuple[datetime, float] | None, bar: str, width: int = WIDTH) -> str | None:
    """Where in the run the node's time was; at least one character."""
    began = node.started_at or node.finished_at  # of a commit that only the catalog knows, the end
    if time is None or began is None:
        return None
    begun, whole = time
    scale = width / whole if whole else 0.0
    start = min(width - 1, int((began - begun).total_seconds() * scale))
    length = max(1, round((node.seconds or 0.0) * scale))
    return (" " * start + bar * min(length, width - start)).rstrip()


def problem_lines(record: RunRecord) -> Iterator[str]:
    """What went wrong, the worst first."""
    bad = [node for node in record.nodes if node.status in _PROBLEMS]
    for node in sorted(bad, key=lambda node: rank(node.status)):
        rows = f": {counted(node.failures, 'failing row')}" if node.failures else ""
        place = f" ({node.path})" if node.path else ""
        again = f", attempt {node.attempts}" if node.attempts > 1 else ""
        yield ""
        yield f"{WORDS[node.status]} {node.name}{place}{again}{rows}"
        yield from (f"  {line}" for line in node.message.splitlines())
        if node.compiled_path:
            yield f"  compiled SQL: {node.compiled_path}"


def lineage_lines(record: RunRecord) -> Iterator[str]:
    """What each node read, what it wrote, and who read that in this run."""
    readers = read_by(record)
    for node in (each for each in record.nodes if not each.is_test):
        if not (node.parents or node.table):
            continue
        yield f"{node.name}"
        if node.parents:
            yield f"  reads   {', '.join(reads(record, node))}"
        if node.table:
            snapshot = f", snapshot {node.snapshot_id}" if node.snapshot_id else ""
            yield f"  writes  {node.table}{snapshot}"
        if readers.get(node.id):
            yield f"  read by {', '.join(each.name for each in readers[node.id])}"


def local(time: datetime | None) -> str:
    """In the reader's own zone."""
    return time.astimezone().isoformat(" ", "seconds") if time else "at an unknown time"
