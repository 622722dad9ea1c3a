"""What is known of a run afterwards."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from floe_sdk.schemas.events import NodeStatus, RunStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

RUNNING = "running"
ABORTED = RunStatus.ABORTED.value
PUBLISHED = "published"
"""Of a run that only the catalog knows: it published, and how it ended is known where it ran."""
STATUSES = (RUNNING, *(each.value for each in RunStatus), PUBLISHED)
"""Of runs; what a run itself says when it ends is a RunStatus."""

INTERRUPTED = "interrupted"
"""Of a node that began and has no end."""
NOT_RUN = "not run"
"""Of a node that was planned, in a run that ended before it."""
KILLED = "the process ended without saying so"


@dataclass(frozen=True)
class RunSummary:
    """A run in a line. `origin` is `record`, `journal` (an older floe's, without nodes) or `catalog`.

    `counts` are its nodes by status. `parent` and `root` are the runs of a scheduler (namespace, name, runId), `who`
    is `user@host`, `retry_of` the run whose rest it ran. Times are aware.
    """

    run_id: str
    product: str
    environment: str
    status: str
    started_at: datetime | None
    finished_at: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    rows: int = 0
    bytes: int = 0
    message: str = ""
    who: str = ""
    pid: int | None = None
    command: str = ""
    parent: Mapping[str, str] | None = None
    root: Mapping[str, str] | None = None
    retry_of: str | None = None
    origin: str = "record"
    details: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    current: int = 0

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it is not known."""
        if self.started_at is None or self.finished_at is None:
            return None
        return max(0.0, (self.finished_at - self.started_at).total_seconds())

    @property
    def failures(self) -> int:
        """How many nodes failed."""
        return sum(self.counts.get(each.value, 0) for each in NodeStatus if each.failed)


@dataclass(frozen=True)
class NodeRecord:
    """A node of a run. `parents` are ids; `attempts` counts how often it began."""

    id: str
    name: str
    kind: str
    materialization: str | None = None
    table: str | None = None
    path: str = ""
    parents: tuple[str, ...] = ()
    tested: str | None = None
    column: str | None = None
    status: str = NOT_RUN
    started_at: datetime | None = None
    finished_at: datetime | None = None
    attempts: int = 0
    message: str = ""
    failures: int | None = None
    rows: int | None = None
    bytes: int | None = None
    files: int | None = None
    total_rows: int | None = None
    snapshot_id: str | None = None
    operation: str | None = None
    compiled_path: str | None = None

    @property
    def is_test(self) -> bool:
        """Whether it leaves an answer and no data."""
        from floe_sdk.schemas.graph import TESTS  # not for the choices of `floe runs --status`

        return self.kind in TESTS

    @property
    def seconds(self) -> float | None:
        """How long it took."""
        if self.started_at is None or self.finished_at is None:
            return None
        return max(0.0, (self.finished_at - self.started_at).total_seconds())


@dataclass(frozen=True)
class RunRecord:
    """A run with its nodes in the order in which they began; `names` are those of what they read besides, by id."""

    summary: RunSummary
    nodes: tuple[NodeRecord, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    def counted(self) -> RunRecord:
        """With the summary's figures counted from the nodes, for a run that could not do so itself."""
        counts = dict(Counter(node.status for node in self.nodes if node.status != NOT_RUN))
        summary = replace(
            self.summary,
            counts=counts,
            rows=sum(node.rows or 0 for node in self.nodes),
            bytes=sum(node.bytes or 0 for node in self.nodes),
        )
        return replace(self, summary=summary)


def time_of(text: Any) -> datetime | None:
    """An aware time as a record spells it; None for anything else."""
    try:
        time = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return time if time.tzinfo else None
