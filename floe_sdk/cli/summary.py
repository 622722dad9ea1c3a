"""A run in words."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from floe_sdk.cli.output import size_text
from floe_sdk.errors import REGISTRY
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
_CODE = re.compile(r"error\[(FLOE-\w+)\]")


def node_line(event: NodeFinished, node: Node | None) -> str:
    """`OK    table mart_customer_360  1,000 rows  0.42 s`; of an error that floe knows, its code and title, too."""
    what = node.materialization.value if node and node.materialization else event.node_id.partition(".")[0]
    parts = [f"{STATUS_WORD[event.status]:<5} {what} {node.name if node else event.node_id}"]
    if event.published is not None:
        parts.append(counted(event.published.rows, "row"))
    if event.failures and event.status in (NodeStatus.FAIL, NodeStatus.WARN):
        parts.append(counted(event.failures, "failing row"))
    if event.status is not NodeStatus.SKIPPED:
        parts.append(f"{event.seconds:.2f} s")
    if event.status is NodeStatus.ERROR and (code := _CODE.search(event.message)):
        known = REGISTRY.get(code[1])
        parts.append(f"{code[1]}: {known.title}" if known else code[1])
    return "  ".join(parts)


def summary_lines(run: RunFinished, nodes: Mapping[str, Node], product_root: Path) -> Iterator[str]:
    """What failed and why, then one line for the whole; paths can be opened from here."""
    for event in run.nodes:
        if event.status.failed or event.status is NodeStatus.WARN:
            yield from _problem(event, nodes.get(event.node_id), product_root)
    if run.message and run.status is not RunStatus.SUCCESS:
        yield ""
        yield run.message
    verb = {RunStatus.SUCCESS: "succeeded", RunStatus.FAILED: "failed", RunStatus.ABORTED: "was interrupted"}[
        run.status
    ]
    total = totals(run)
    yield ""
    yield f"run {run.run_id} {verb} in {total['seconds']:.1f} s: {_told(total)}"
    if run.current:
        yield f"{counted(len(run.current), 'node')} left out, as nothing has changed since the last success"
    ran = (event for event in run.nodes if event.seconds and event.status is not NodeStatus.SKIPPED)
    slowest = sorted(ran, key=lambda event: -event.seconds)[:SLOWEST]
    if slowest:
        yield f"slowest: {', '.join(_slow(event, nodes) for event in slowest)}"


def totals(run: RunFinished) -> dict[str, Any]:
    """What a run comes to: seconds, nodes by status, and the rows and bytes that it published."""
    count = Counter(event.status for event in run.nodes)
    tables = [event.published for event in run.nodes if event.published]
    return {
        "seconds": round((run.finished_at - run.started_at).total_seconds(), 3),
        "counts": {status.value: count[status] for status in STATUS_WORD if count[status]},
        "rows": sum(table.rows for table in tables),
        "bytes": sum(table.bytes for table in tables),
    }


def _told(total: Mapping[str, Any]) -> str:
    counts = ", ".join(f"{number} {STATUS_WORD[NodeStatus(status)]}" for status, number in total["counts"].items())
    size = f", {size_text(total['bytes'])}" if total["bytes"] else ""
    return f"{counts}; {counted(total['rows'], 'row')} published{size}" if counts else "nothing was run"


def _slow(event: NodeFinished, nodes: Mapping[str, Node]) -> str:
    made = event.published
    what = f" ({counted(made.rows, 'row')}, {size_text(made.bytes)})" if made and made.rows else ""
    return f"{_name(event, nodes)} {event.seconds:.2f} s{what}"


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
