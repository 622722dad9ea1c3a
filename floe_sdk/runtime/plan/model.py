"""A plan, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from floe_sdk.schemas.enforcement import Finding


class Action(str, Enum):
    """What a plan says of a node."""

    ADDED = "added"
    CHANGED = "changed"
    INPUT = "input changed"
    DOWNSTREAM = "downstream"
    UNKNOWN = "unknown input"
    UNSEEN = "not seen here"

    @property
    def counts(self) -> bool:
        """Whether it is a change, and no mere lack of knowledge on this machine."""
        return self is not Action.UNSEEN


@dataclass(frozen=True)
class ColumnChange:
    """A column that goes, gets another name or another type; `readers` are `node.column`, or a node whose rows it
    decides on, or an output port that promises it."""

    column: str
    change: str
    before: str | None = None
    after: str | None = None
    breaking: bool = False
    readers: tuple[str, ...] = ()


@dataclass(frozen=True)
class NodeChange:
    """A node that would run. `because` are the nodes whose change is the reason; `sql` is a unified diff; `config` has
    (key, before, after); `undiffed` says that its text differs and why no diff is shown; `notes` say what of its table
    a run leaves as it is."""

    node_id: str
    name: str
    kind: str
    table: str | None
    action: Action
    because: tuple[str, ...] = ()
    sql: tuple[str, ...] = ()
    config: tuple[tuple[str, Any, Any], ...] = ()
    columns: tuple[ColumnChange, ...] = ()
    undiffed: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class RemovedTable:
    """A table that no node makes any more; `readers` of it are named as those of a column are. `now` is what its node
    makes instead: another table, or `a view`."""

    table: str
    node_id: str
    readers: tuple[str, ...] = ()
    now: str | None = None


@dataclass(frozen=True)
class Plan:
    """What would run and why; `tests` are those that would run, `current` how many nodes `floe run --changed` leaves
    out; `notes` say what the plan can't tell."""

    product: str
    environment: str
    against: str
    nodes: tuple[NodeChange, ...] = ()
    removed: tuple[RemovedTable, ...] = ()
    findings: tuple[Finding, ...] = ()
    unknown: dict[str, str] = field(default_factory=dict)
    tests: tuple[str, ...] = ()
    current: int = 0
    notes: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether there is anything to look at."""
        return bool(self.removed or self.findings or any(node.action.counts for node in self.nodes))

    @property
    def breaking(self) -> bool:
        """Whether somebody who reads the tables may have to follow."""
        return bool(self.removed or any(column.breaking for node in self.nodes for column in node.columns))
