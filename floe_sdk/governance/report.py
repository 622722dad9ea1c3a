"""Findings as lines for people, and the error of a strict compile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.governance import POLICY_VIOLATED
from floe_sdk.schemas.enforcement import FindingLevel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from floe_sdk.schemas.enforcement import Enforcement, Finding

SHOWN = 20


class PolicyViolationError(FloeError):
    """Governance says no; `enforcement` has every finding."""

    def __init__(self, enforcement: Enforcement) -> None:
        number = enforcement.count(FindingLevel.ERROR)
        noun = "finding" if number == 1 else "findings"
        super().__init__(
            POLICY_VIOLATED,
            f"{number} {noun} of level error, and policy_enforcement_level is strict: nothing was written",
            fix=POLICY_VIOLATED.remedy,
        )
        self.enforcement = enforcement

    def render(self) -> str:
        """The findings, then the error."""
        return "\n".join([*finding_lines(self.enforcement), super().render()])

    def as_dict(self) -> dict[str, object]:
        """The error with its findings."""
        return {**super().as_dict(), "enforcement": self.enforcement.model_dump(mode="json")}


def finding_lines(enforcement: Enforcement, limit: int = SHOWN) -> Iterator[str]:
    """The first `limit` findings that nothing silences, and how many there are of each level."""
    said = [finding for finding in enforcement.findings if not finding.silenced]
    for finding in said[:limit]:
        yield _line(finding)
    if len(said) > limit:
        yield f"... and {len(said) - limit} more (--format table shows all)"
    if enforcement.findings:
        yield "findings: " + ", ".join(f"{number} {level}" for level, number in enforcement.counts.items() if number)


def _line(finding: Finding) -> str:
    subject = finding.subject + (f".{finding.column}" if finding.column else "")
    path = f" ({finding.path})" if finding.path else ""
    return f"{finding.level.value:<10} {finding.rule:<19} {subject}{path}: {finding.message}"
