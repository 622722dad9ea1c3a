"""What people are told of a run, and how it reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from floe_sdk.schemas.events import NodeStatus
from floe_sdk.schemas.words import counted

SHOWN = 10
"""Failed nodes that a text names."""
LONGEST = 300
"""Characters of a reason that a text shows."""


class AlertKind(str, Enum):
    """How a run ended, as far as people want to be told. `RECOVERED` is a success after a run that was none."""

    FAILED = "failed"
    ABORTED = "aborted"
    RECOVERED = "recovered"
    SUCCEEDED = "succeeded"


_ENDED = {
    AlertKind.FAILED: "failed",
    AlertKind.ABORTED: "was interrupted",
    AlertKind.RECOVERED: "succeeded again",
    AlertKind.SUCCEEDED: "succeeded",
}


@dataclass(frozen=True)
class AlertNode:
    """A node that failed: its id, its name in the project, how it ended, and the reason in one line, redacted."""

    id: str
    name: str
    status: NodeStatus
    reason: str = ""


@dataclass(frozen=True)
class Alert:
    """A run that ended. Everything is redacted; times are aware.

    `failed` are the nodes that failed, in the order in which they ended; `nodes` and `skipped` count those that ended
    and, of them, those that were skipped. `reason` is the run's own where it failed for more than its nodes. `command`
    says more, on the machine that ran it.
    """

    kind: AlertKind
    platform: str
    product: str
    environment: str
    run_id: str
    started_at: datetime
    finished_at: datetime
    failed: tuple[AlertNode, ...] = ()
    nodes: int = 0
    skipped: int = 0
    reason: str = ""

    @property
    def seconds(self) -> float:
        """How long the run took."""
        return (self.finished_at - self.started_at).total_seconds()

    @property
    def command(self) -> str:
        """What shows the run."""
        return f"floe runs show {self.run_id}"

    def text(self, *, reasons: bool = True) -> str:
        """The alert as people read it, in a few lines; without `reasons` it holds no engine's message."""
        head = f"{self.product} {_ENDED[self.kind]} in {self.environment} after {self.seconds:.0f} s"
        lines = [f"{head}: {counts}" if (counts := self._counts()) else head]
        if reasons and self.reason:
            lines.append(self.reason)
        lines += [
            f"- {node.name}: {node.reason}" if reasons and node.reason else f"- {node.name}"
            for node in self.failed[:SHOWN]
        ]
        if (more := len(self.failed) - SHOWN) > 0:
            lines.append(f"- and {more} more")
        return "\n".join([*lines, self.command])

    def _counts(self) -> str:
        failed = f"{len(self.failed)} of {counted(self.nodes, 'node')} failed" if self.failed else ""
        skipped = f"{self.skipped} skipped" if self.skipped else ""
        return ", ".join(filter(None, (failed, skipped)))


def one_line(message: str) -> str:
    """The begin of a message: an engine's first line often says only where, and the second what."""
    lines = [" ".join(line.split()) for line in message.splitlines() if line.strip()]
    text = ": ".join(line.rstrip(":") if place == 0 and lines[1:] else line for place, line in enumerate(lines[:2]))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
