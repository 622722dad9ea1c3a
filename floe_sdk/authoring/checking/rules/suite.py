"""What the contract suite says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.authoring.checking.rule import Finding, Level, NotApplicable, Stage, rule
from floe_sdk.plugins.discovery import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from floe_sdk.authoring.checking.evidence import Evidence
    from floe_sdk.authoring.checking.suite import SuiteResult

_SHOWN = 300


def _suite(evidence: Evidence) -> SuiteResult:
    if evidence.suite is None or all(record.type == COMMAND for record in evidence.subject.plugins):
        raise NotApplicable("commands have no contract")
    return evidence.suite


@rule(
    "suite-passes",
    Level.BRONZE,
    "What runs of the contract suite passes.",
    fix="run pytest on the test that is named; docs/plugins/contracts.md says what each holds",
    stage=Stage.SUITE,
)
def passes(evidence: Evidence) -> Iterator[Finding]:
    """No test fails."""
    suite = _suite(evidence)
    if suite.problem:
        raise NotApplicable(suite.problem)
    for test in suite.tests:
        if test.outcome == "failed":
            yield Finding(f"{test.name}: {test.text[:_SHOWN]}", plugin=test.plugin)


@rule(
    "suite",
    Level.SILVER,
    "The contract suite of its type runs, for each plugin.",
    fix="write `class TestMine(StorageContract): plugin = ...`, with the contract of your type, in tests/; name the "
    "tests of an installed plugin by --tests",
    stage=Stage.SUITE,
)
def runs(evidence: Evidence) -> Iterator[Finding]:
    """At least one test of each plugin has run."""
    suite = _suite(evidence)
    if suite.problem:
        yield Finding(suite.problem)
        return
    ran = {test.plugin for test in suite.tests if test.outcome != "skipped"}
    for record in evidence.subject.plugins:
        if record.type != COMMAND and record.identity not in ran:
            yield Finding("no test of its contract has run", plugin=record.identity)


@rule(
    "gaps",
    Level.SILVER,
    "What its suite names as not supported, the class names as well; `floe plugins show` prints it.",
    fix="write `not_supported = {feature: reason}` in the plugin's class",
    stage=Stage.SUITE,
)
def gaps(evidence: Evidence) -> Iterator[Finding]:
    """The class's `not_supported` holds every gap of the suite."""
    known = {probe.record.identity: probe.gaps for probe in evidence.probes}
    for plugin, features in _suite(evidence).gaps.items():
        for feature in sorted(features.keys() - known.get(plugin, {}).keys()):
            yield Finding(f"{feature!r} is named in the tests only", plugin=plugin)
