"""The built-in rules, and running those that the governance asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.governance.coverage import LAYER_THRESHOLDS, TEST_COVERAGE
from floe_sdk.governance.custom import REQUIRE_META, REQUIRE_TAGS, REQUIRE_TESTS
from floe_sdk.governance.descriptions import COLUMN_DESCRIPTIONS, MODEL_DESCRIPTIONS
from floe_sdk.governance.naming import NAMING
from floe_sdk.governance.ownership import OWNERSHIP
from floe_sdk.governance.pii import PII
from floe_sdk.governance.quality_checks import QUALITY_CHECKS
from floe_sdk.governance.retention import RETENTION
from floe_sdk.governance.rule import Project, Rule
from floe_sdk.schemas.enforcement import Finding, FindingLevel
from floe_sdk.schemas.graph import FLOE_ENGINE

if TYPE_CHECKING:
    from floe_sdk.schemas.governance import ResolvedGovernance
    from floe_sdk.schemas.graph import Graph

RULES: tuple[Rule, ...] = (
    NAMING,
    TEST_COVERAGE,
    LAYER_THRESHOLDS,
    MODEL_DESCRIPTIONS,
    COLUMN_DESCRIPTIONS,
    OWNERSHIP,
    PII,
    RETENTION,
    REQUIRE_TAGS,
    REQUIRE_META,
    REQUIRE_TESTS,
    QUALITY_CHECKS,
)


def rule_names() -> tuple[str, ...]:
    """The names of the built-in rules; stable, as waivers name them."""
    return tuple(rule.name for rule in RULES)


def check_rules(graph: Graph, governance: ResolvedGovernance) -> list[Finding]:
    """The findings of the built-in rules that `governance` asks for; pure.

    A rule that can't be measured on this graph says so with `FindingLevel.UNMEASURED`, it never passes in silence.
    """
    project = Project(graph)
    findings: list[Finding] = []
    for rule in RULES:
        if not rule.asked(governance):
            continue
        if rule.needs_project and graph.engine == FLOE_ENGINE:
            findings.extend(_unmeasured(rule, project))
        else:
            findings.extend(rule.check(project, governance))
    return findings


def _unmeasured(rule: Rule, project: Project) -> list[Finding]:
    if rule is QUALITY_CHECKS and not any(node.quality_checks for node in project.graph.nodes):
        return []  # nothing was promised, so nothing is left unmeasured
    return [
        Finding(
            rule=rule.name,
            level=FindingLevel.UNMEASURED,
            subject=project.graph.name,
            message=f"there is no dbt project: {rule.name} can't be measured on `transforms` alone",
            fix="add the dbt project beside floe.yaml",
        )
    ]
