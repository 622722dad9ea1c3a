"""Check one distribution: the rules that need no import, then an import in a child, then the contract suite."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from floe_sdk.authoring.checking import rules as _rules  # noqa: F401 - importing it declares the rules
from floe_sdk.authoring.checking.evidence import Evidence, Subject
from floe_sdk.authoring.checking.probing import probe
from floe_sdk.authoring.checking.rule import RULES, Finding, Level, NotApplicable, Rule, Stage
from floe_sdk.authoring.checking.suite import SuiteOptions, SuiteResult, run_suite
from floe_sdk.trust.allowing import check_allowed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


class Status(str, Enum):
    """How a rule came out. `NOT_RUN`: what it needs was not to be had, so it is not known."""

    HOLDS = "holds"
    BROKEN = "broken"
    NOT_APPLICABLE = "not applicable"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Outcome:
    """A rule, how it came out, what is against it, and why it says nothing."""

    rule: Rule
    status: Status
    findings: Sequence[Finding] = ()
    reason: str | None = None


@dataclass(frozen=True)
class Report:
    """The outcomes of all rules; `gaps` are what plugins say that they don't support, with the reasons."""

    subject: Subject
    outcomes: Sequence[Outcome]
    suite: SuiteResult | None
    gaps: Mapping[str, Mapping[str, str]]

    @property
    def level(self) -> Level | None:
        """The highest level whose rules all hold, with those of the levels below it; None below bronze."""
        reached = None
        for level in Level:
            if any(one.rule.level is level and not _fine(one) for one in self.outcomes):
                return reached
            reached = level
        return reached

    def broken(self, level: Level) -> list[Outcome]:
        """What stands in the way of a level."""
        return [one for one in self.outcomes if one.rule.level.rank <= level.rank and not _fine(one)]

    def exit_code(self, level: Level) -> int:
        """0 for a level that is reached, 4 where floe refuses the plugin, else 1."""
        broken = self.broken(level)
        refused = any(one.rule.loads and one.status is Status.BROKEN for one in broken)
        return 4 if refused else int(bool(broken))


def _fine(outcome: Outcome) -> bool:
    left_out = outcome.status is Status.NOT_RUN and outcome.rule.stage is Stage.SUITE and outcome.reason == NO_SUITE
    return outcome.status in {Status.HOLDS, Status.NOT_APPLICABLE} or left_out


NO_SUITE = "left out by --no-suite"


def check(subject: Subject, sdk: str, *, suite: bool = True, options: SuiteOptions | None = None) -> Report:
    """Run every rule; `options` are for the suite.

    Raises FloeError where the allow-list leaves a plugin out: it is then not imported.
    """
    for record in subject.plugins:
        check_allowed(record)
    options = options or SuiteOptions()
    evidence = Evidence(subject, sdk, options.tests or subject.tests)
    outcomes = [_outcome(one, evidence) for one in _of(Stage.STATIC)]
    refused = next((one.rule.id for one in outcomes if one.rule.loads and one.status is Status.BROKEN), None)
    with _on_path(subject) as path:
        if refused is None:
            evidence.probes = [probe(subject, record, path) for record in subject.plugins]
        for one in _of(Stage.IMPORT):
            outcomes.append(_unless(refused, one, evidence))
            if one.loads and outcomes[-1].status is Status.BROKEN:
                refused = one.id
        if suite and refused is None:
            evidence.suite = run_suite(evidence, path, options)
    reason = refused and f"floe refuses it ({refused})"
    outcomes += [
        _outcome(one, evidence) if suite and refused is None else Outcome(one, Status.NOT_RUN, (), reason or NO_SUITE)
        for one in _of(Stage.SUITE)
    ]
    gaps = {one.record.identity: dict(one.gaps) for one in evidence.probes if one.gaps}
    for plugin, named in (evidence.suite.gaps if evidence.suite else {}).items():
        gaps[plugin] = {**named, **gaps.get(plugin, {})}
    return Report(subject, outcomes, evidence.suite, gaps)


def _of(stage: Stage) -> list[Rule]:
    return [one for one in RULES.values() if one.stage is stage]


def _unless(refused: str | None, rule: Rule, evidence: Evidence) -> Outcome:
    if refused is not None:
        return Outcome(rule, Status.NOT_RUN, (), f"floe refuses it ({refused})")
    return _outcome(rule, evidence)


def _outcome(rule: Rule, evidence: Evidence) -> Outcome:
    try:
        findings = list(rule.check(evidence))
    except NotApplicable as reason:
        return Outcome(rule, Status.NOT_APPLICABLE, (), str(reason))
    return Outcome(rule, Status.BROKEN if findings else Status.HOLDS, findings)


@contextmanager
def _on_path(subject: Subject) -> Iterator[list[Path]]:
    """What a child needs on its path to find a source folder as if it was installed: the packages, and metadata."""
    if not subject.roots:
        yield []
        return
    with tempfile.TemporaryDirectory(prefix="floe-check-") as made:
        metadata = subject.metadata
        info = Path(made) / f"{metadata.name.replace('-', '_')}-{metadata.version}.dist-info"
        info.mkdir()
        lines = ["Metadata-Version: 2.1", f"Name: {metadata.name}", f"Version: {metadata.version}"]
        lines += [f"Summary: {metadata.summary}", *(f"Requires-Dist: {one}" for one in metadata.requirements)]
        (info / "METADATA").write_text("\n".join([*lines, "", ""]), encoding="utf-8")
        (info / "entry_points.txt").write_text(_entry_points(subject), encoding="utf-8")
        yield [Path(made), *subject.roots]


def _entry_points(subject: Subject) -> str:
    from floe_sdk.authoring.groups import GROUPS

    lines: list[str] = []
    for group, kind in GROUPS.items():
        entries = [f"{one.name} = {one.target}" for one in subject.plugins if one.type == kind]
        lines += [f"[{group}]", *entries, ""] if entries else []
    return "\n".join(lines)
