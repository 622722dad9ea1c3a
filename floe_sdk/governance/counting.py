"""How many findings there are of each kind, in the words that artifacts and commands use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.schemas.enforcement import FindingLevel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from floe_sdk.schemas.enforcement import Finding


def count_findings(findings: Iterable[Finding]) -> dict[str, int]:
    """By level those that nothing silences, `waived` those of waivers; `known` only where a baseline knew some."""
    counts = {level.value: 0 for level in FindingLevel} | {"waived": 0}
    for finding in findings:
        kind = "waived" if finding.waived is not None else "known" if finding.known else finding.level.value
        counts[kind] = counts.get(kind, 0) + 1
    return counts
