"""ENFORCE: the rules of the selected policy plugins over the graph, and the waivers of the governance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.governance import POLICY_PLUGIN
from floe_sdk.governance.counting import count_findings
from floe_sdk.governance.waivers import WAIVERS, apply_waivers
from floe_sdk.schemas.enforcement import Enforcement, Finding, FindingLevel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from floe_sdk.plugins.hookspecs import PolicySpec
    from floe_sdk.schemas.governance import ResolvedGovernance
    from floe_sdk.schemas.graph import Graph

_ORDER = {FindingLevel.ERROR: 0, FindingLevel.WARNING: 1, FindingLevel.UNMEASURED: 2}


def enforce(
    graph: Graph, governance: ResolvedGovernance, policies: Mapping[str, PolicySpec], *, today: date
) -> Enforcement:
    """Judge the graph. `off` skips every rule; whether a strict level fails is the caller's to say (`passed`).

    `today` decides which waivers have expired: it is the only thing besides the graph and the governance that the
    result depends on.
    """
    level = governance.policy_enforcement_level
    if level == "off":
        return Enforcement(level=level)
    rules: set[str] = set()
    findings: list[Finding] = []
    for name, policy in sorted(policies.items()):
        own, found = _ask(name, policy, graph, governance)
        rules.update(own)
        findings.extend(found)
    judged, waivers = apply_waivers(findings, graph, governance, rules=sorted(rules), today=today)
    return Enforcement(
        level=level,
        findings=tuple(sorted(judged, key=_position)),
        rules=tuple(sorted(rules | {WAIVERS})),
        waivers=tuple(waivers),
        counts=count_findings(judged),
    )


def _ask(
    name: str, policy: PolicySpec, graph: Graph, governance: ResolvedGovernance
) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """A policy that fails must not pass for one that found nothing: its failure ends the compile."""
    try:
        rules, found = tuple(policy.policy_rules()), tuple(policy.policy_check(graph=graph, governance=governance))
    except FloeError:
        raise
    except Exception as error:
        problem = f"policy/{name} failed: {type(error).__name__}: {error}"
        raise FloeError(POLICY_PLUGIN, problem, fix=POLICY_PLUGIN.remedy) from error
    for finding in found:
        if wrong := _wrong(finding, rules):
            raise FloeError(POLICY_PLUGIN, f"policy/{name} reports {wrong}", fix=POLICY_PLUGIN.remedy)
    return rules, found


def _wrong(finding: object, rules: tuple[str, ...]) -> str | None:
    if not isinstance(finding, Finding):
        return f"a {type(finding).__name__}, which is no floe_sdk.Finding"
    return None if finding.rule in rules else f"the rule {finding.rule!r}, which its policy_rules does not name"


def _position(finding: Finding) -> tuple[int, str, str, str, str]:
    """Errors first, then by rule and subject: the same order on every machine."""
    return _ORDER[finding.level], finding.rule, finding.subject, finding.column or "", finding.message
