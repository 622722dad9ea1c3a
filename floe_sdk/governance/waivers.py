"""Waivers and policy overrides: findings that somebody accepted, with a reason and until a day.

The day is an input (`today`, UTC), never read from the clock here. It counts to its end: a waiver of today holds today.
So equal inputs give equal findings, and an artifact changes by itself only on the day on which a waiver has expired.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from floe_sdk.governance.rules import RULES
from floe_sdk.schemas.enforcement import AppliedWaiver, Finding, FindingLevel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from floe_sdk.schemas.governance import PolicyOverride, ResolvedGovernance, Waiver
    from floe_sdk.schemas.graph import Graph

WAIVERS = "waivers"
"""The rule that speaks of waivers themselves: expired ones, and those of a rule that does not exist."""


def apply_waivers(
    findings: Sequence[Finding], graph: Graph, governance: ResolvedGovernance, *, rules: Sequence[str], today: date
) -> tuple[list[Finding], list[AppliedWaiver]]:
    """The findings with waivers and overrides applied, those about waivers added, and what was in force."""
    names = {node.id: node.name for node in graph.nodes}
    about_waivers: list[Finding] = []
    applied: list[AppliedWaiver] = []
    current = list(findings)
    for exception in _exceptions(governance):
        if exception.expires is not None and exception.expires < today:
            about_waivers.append(_expired(exception, graph))
            continue
        unknown = [rule for rule in exception.rules if rule not in rules]
        about_waivers.extend(_unknown(exception, rule, rules, graph) for rule in unknown)
        covered = 0
        for index, finding in enumerate(current):
            name = names.get(finding.subject, finding.subject)
            if finding.waived is None and exception.covers(finding, name):
                covered += 1
                current[index] = exception.apply(finding)
        applied.append(exception.record(covered))
    return current + about_waivers, applied


@dataclass(frozen=True)
class _Exception:
    """A waiver or an override, in the terms of both."""

    pattern: str
    action: str
    reason: str
    rules: tuple[str, ...]
    expires: date | None
    column: str | None = None
    every_rule: bool = False

    def covers(self, finding: Finding, name: str) -> bool:
        matches = fnmatchcase(name, self.pattern) or fnmatchcase(finding.subject, self.pattern)
        column = self.column is None or (finding.column or "").lower() == self.column.lower()
        level = self.action != "downgrade" or finding.level is FindingLevel.ERROR
        return matches and column and level and (self.every_rule or finding.rule in self.rules)

    def apply(self, finding: Finding) -> Finding:
        if self.action == "downgrade":
            return finding.model_copy(update={"level": FindingLevel.WARNING})
        return finding.model_copy(update={"waived": self.reason})

    def record(self, findings: int) -> AppliedWaiver:
        return AppliedWaiver(
            pattern=self.pattern,
            reason=self.reason,
            action=self.action,
            rules=self.rules,
            expires=self.expires,
            findings=findings,
        )


def _exceptions(governance: ResolvedGovernance) -> list[_Exception]:
    """Waivers first: what is accepted by name is not downgraded by a pattern as well."""
    return [*map(_of_waiver, governance.waivers), *map(_of_override, governance.policy_overrides)]


def _of_waiver(waiver: Waiver) -> _Exception:
    return _Exception(waiver.pattern, "waive", waiver.reason, (waiver.rule,), waiver.expires, waiver.column)


def _of_override(override: PolicyOverride) -> _Exception:
    types = override.policy_types
    rules = tuple(rule.name for rule in RULES if types is not None and rule.policy in types)
    return _Exception(
        override.pattern, override.action, override.reason, rules, override.expires, every_rule=types is None
    )


def _expired(exception: _Exception, graph: Graph) -> Finding:
    kind = "waiver" if exception.action == "waive" else "policy override"
    what = ", ".join(exception.rules) or "every rule"
    return Finding(
        rule=WAIVERS,
        level=FindingLevel.WARNING,
        subject=graph.name,
        message=f"the {kind} of {what} for {exception.pattern!r} expired on {exception.expires}: it has no effect",
        actual=str(exception.expires),
        fix="mend what it covered and remove it, or agree on a new day",
    )


def _unknown(exception: _Exception, rule: str, rules: Sequence[str], graph: Graph) -> Finding:
    near = difflib.get_close_matches(rule, rules, n=1)
    return Finding(
        rule=WAIVERS,
        level=FindingLevel.WARNING,
        subject=graph.name,
        message=f"the waiver for {exception.pattern!r} names the rule {rule!r}, which does not exist"
        + (f"; did you mean {near[0]!r}?" if near else ""),
        fix=f"write {near[0]!r}" if near else f"the rules are {', '.join(rules)}",
    )
