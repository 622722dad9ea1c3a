"""What happens in a run, as a transform plugin reports it and as lineage, traces, progress and observers see it.

Plain frozen dataclasses: thousands of them are made in a run, on worker threads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from floe_sdk.errors import FloeError


class NodeStatus(str, Enum):
    """How a node ended. `FAIL` is a test that found rows, `ERROR` a node that could not be executed."""

    SUCCESS = "success"
    WARN = "warn"
    FAIL = "fail"
    ERROR = "error"
    SKIPPED = "skipped"

    @property
    def failed(self) -> bool:
        """Whether the run fails for it."""
        return self in (NodeStatus.FAIL, NodeStatus.ERROR)


@dataclass(frozen=True)
class PublishedTable:
    """One commit to the catalog: the table's namespace and name, its snapshot and what it holds now.

    `columns` are (name, Iceberg type) in the table's order; `rows` and `bytes` count the data that this commit wrote,
    `total_rows` the table afterwards. `location` is the table's physical root URI. `operation` is `create`,
    `overwrite`, `append`, or `none` where nothing changed and nothing was committed. `rows_id` is the snapshot that the
    rows are from, where `snapshot_id` is one that only rewrote files.
    """

    namespace: str
    table: str
    location: str
    snapshot_id: int | None
    rows: int
    bytes: int
    files: int
    total_rows: int | None = None
    columns: tuple[tuple[str, str], ...] = ()
    operation: str = "overwrite"
    rows_id: int | None = None


@dataclass(frozen=True)
class NodeStarted:
    """A node's execution began, at an aware UTC time."""

    node_id: str
    at: datetime


@dataclass(frozen=True)
class NodeFinished:
    """A node's execution ended.

    `message` is the engine's own text and `stack` where in the engine it was raised, if it says so, both already
    redacted when they reach an observer; `failures` counts the rows that a test found; `compiled_sql` is what ran,
    `compiled_path` its file relative to the product. `published` is set for
    a node that committed a table; `columns` are (name, type) of what the node produced, where known.
    `column_sources` are, by column, the (node id, column) that lineage found it to be made from; a progress listener
    is told them where lineage is on.
    """

    node_id: str
    status: NodeStatus
    started_at: datetime
    finished_at: datetime
    message: str = ""
    failures: int | None = None
    compiled_sql: str | None = None
    compiled_path: str | None = None
    published: PublishedTable | None = None
    columns: tuple[tuple[str, str], ...] = ()
    stack: str = ""
    column_sources: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.finished_at - self.started_at).total_seconds()


@dataclass(frozen=True)
class RunStarted:
    """A run began: `run_id` is a UUIDv7, `selected` the ids of the nodes that will be executed, where known."""

    run_id: str
    product: str
    environment: str
    at: datetime
    selected: tuple[str, ...] = ()


class RunStatus(str, Enum):
    """How a run ended."""

    SUCCESS = "success"
    FAILED = "failed"
    ABORTED = "aborted"


@dataclass(frozen=True)
class RunFinished:
    """A run ended; `nodes` in the order in which they finished.

    `warnings` are for people: what was recovered before the run, and what a backend for lineage or traces did not take.
    `current` are the nodes that `floe run --changed` left out.
    """

    run_id: str
    product: str
    environment: str
    status: RunStatus
    started_at: datetime
    finished_at: datetime
    nodes: tuple[NodeFinished, ...] = ()
    message: str = ""
    warnings: tuple[str, ...] = ()
    current: tuple[str, ...] = ()
    stack: str = ""

    @property
    def exit_code(self) -> int:
        """0, 1 for a failed run, 130 for one that was interrupted."""
        return {RunStatus.SUCCESS: 0, RunStatus.FAILED: 1, RunStatus.ABORTED: 130}[self.status]


KEYS_FROM_CATALOG = "keys_from_catalog"
"""In the details of a storage's healthy answer: why it has no keys that do, so that a catalog must hand out some."""


@dataclass(frozen=True)
class Health:
    """A plugin's answer to `plugin_health`: what it did (a round trip), whether it worked, how long it took.

    Of a fault, `fix` is what a reader does next and `code` the page that says more.
    """

    ok: bool
    message: str
    seconds: float | None = None
    details: dict[str, Any] = field(default_factory=dict)
    fix: str | None = None
    code: str | None = None

    @classmethod
    def fault(cls, error: FloeError, seconds: float | None = None) -> Health:
        """A known problem, as a state of health."""
        return cls(False, error.problem, seconds, fix=error.fix or error.code.remedy, code=error.code.id)
