"""What ENFORCE found: findings, the waivers that silence some of them, and what could not be measured."""

from __future__ import annotations

from datetime import date
from enum import Enum

from pydantic import Field

from floe_sdk.schemas.base import FrozenModel


class FindingLevel(str, Enum):
    """`ERROR` fails a strict compile; `WARNING` never does; `UNMEASURED` says that a rule could not be judged."""

    ERROR = "error"
    WARNING = "warning"
    UNMEASURED = "unmeasured"


class Finding(FrozenModel):
    """One thing that a rule has to say.

    `rule` is stable (`naming`, `test-coverage`, ...), `subject` a node's id or the product, `column` where it is about
    one; `path` the file relative to the transform project's root. `expected` and `actual` are for people and machines.
    `waived` holds the reason of the waiver that silences it; `known` says that the compile's baseline has it.
    """

    rule: str
    level: FindingLevel
    subject: str
    message: str
    column: str | None = None
    path: str | None = None
    expected: str | None = None
    actual: str | None = None
    fix: str | None = None
    waived: str | None = None
    known: bool = False

    @property
    def silenced(self) -> bool:
        """Whether it is left out of what is counted and of what fails."""
        return self.known or self.waived is not None


class AppliedWaiver(FrozenModel):
    """A waiver or a policy override that was in force, and how many findings it covered."""

    pattern: str
    reason: str
    action: str = Field(description="`waive` silences, `downgrade` turns errors into warnings, `exclude` drops.")
    rules: tuple[str, ...] = Field(default=(), description="The rules that it is limited to; none: all of them.")
    expires: date | None = None
    findings: int = 0


class Enforcement(FrozenModel):
    """The result of ENFORCE; `level` is the policy_enforcement_level that was in force.

    `counts` has the number of findings that nothing silences, by level, `waived` those that a waiver covers, and
    `known` those of a baseline, where one was given.
    """

    level: str
    findings: tuple[Finding, ...] = ()
    rules: tuple[str, ...] = Field(default=(), description="The rules that a waiver may name, sorted.")
    waivers: tuple[AppliedWaiver, ...] = ()
    counts: dict[str, int] = Field(default_factory=dict)

    def count(self, level: FindingLevel) -> int:
        """How many findings of that level are neither waived nor known."""
        return sum(1 for finding in self.findings if finding.level is level and not finding.silenced)

    @property
    def passed(self) -> bool:
        """False only when the level is strict and an error is neither waived nor known."""
        return self.level != "strict" or self.count(FindingLevel.ERROR) == 0
