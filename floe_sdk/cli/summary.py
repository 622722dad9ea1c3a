"""A run in words."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from floe_sdk.schemas.events import NodeStatus, RunStatus
from floe_sdk.schemas.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from floe_sdk.schemas.events import NodeFinished, RunFinished
    from floe_sdk.schemas.graph import Node

STATUS_WORD = {
    NodeStatus.SUCCESS: "OK",
    NodeStatus.WARN: "WARN",
    NodeStatus.FAIL: "FAIL",
    NodeStatus.ERROR: "ERROR",
    NodeStatus.SKIPPED: "SKIP",
}
SLOWEST = 3


def node_line(event: NodeFinished, node: Node | None) -> str:
    """`OK    table mart_customer_360  1,000 rows  0.42 s`."""
    what = node.materialization.value if node and node.materialization else event.node_id.partition(".")[0]
    parts = [f"{STATUS_WORD[event.status]:<5} {what} {node.name if node else event.node_id}"]
    if event.published is not None:
        parts.append(counted(event.published.rows, "row"))
    if event.failures and event.status in (NodeStatus.FAIL, NodeStatus.WARN):
        parts.append(counted(event.failures, "failing row"))
    if event.status is not NodeStatus.SKIPPED:
        parts.append(f"{event.seconds:.2f} s")
    return "  ".join(parts)


def summary_lines(run: RunFinished, nodes: Mapping[str, Node], product_root: Path) -> Iterator[str]:
    """What failed and why, then one line for the whole; paths can be opened from here."""
    for event in run.nodes:
        if event.status.failed or event.status is NodeStatus.WARN:
            yield from _problem(event, nodes.get(event.node_id), product_root)
    if run.message and run.status is not RunStatus.SUCCESS:
        yield ""
        yield run.message
    count = Counter(STATUS_WORD[event.status] for event in run.nodes)
    rows = sum(event.published.rows for event in run.nodes if event.published)
    seconds = (run.finished_at - run.started_at).total_seconds()
    counts = ", ".join(f"{count[word]} {word}" for word in STATUS_WORD.values() if count[word])
    verb = {RunStatus.SUCCESS: "succeeded", RunStatus.FAILED: "failed", RunStatus.ABORTED: "was interrupted"}[
        run.status
    ]
    yield ""
    yield f"run {run.run_id} {verb} in {seconds:.1f} s: {counts or 'no nodes'}; {counted(rows, 'row')} published"
    if run.current:
        yield f"{counted(len(run.current), 'node')} left out, as nothing has changed since the last success"
    slowest = sorted((event for event in run.nodes if event.seconds), key=lambda event: -event.seconds)[:SLOWEST]
    if slowest:
        names = (f"{_name(event, nodes)} {event.seconds:.2f} s" for event in slowest)
        yield f"slowest: {', '.join(names)}"


def _problem(event: NodeFinished, node: Node | None, product_root: Path) -> Iterator[str]:
    yield ""
    rows = f": {counted(event.failures, 'failing row')}" if event.failures else ""
    place = f" ({node.path})" if node and node.path else ""
    yield f"{STATUS_WORD[event.status]} {node.name if node else event.node_id}{place}{rows}"
    for line in event.message.splitlines():
        yield f"  {line}"
    if event.compiled_path:
        yield f"  compiled SQL: {_from_here(product_root / event.compiled_path)}"


def _name(event: NodeFinished, nodes: Mapping[str, Node]) -> str:
    return nodes[event.node_id].name if event.node_id in nodes else event.node_id


def _from_here(path: Path) -> Path:
    """Relative to the working directory where it lies below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
