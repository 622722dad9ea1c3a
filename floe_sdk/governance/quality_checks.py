"""Quality checks: what `transforms` of floe.yaml promises of a node is tested in the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.governance.rule import Project, Rule, about
from floe_sdk.schemas.enforcement import Finding, FindingLevel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from floe_sdk.schemas.governance import ResolvedGovernance
    from floe_sdk.schemas.graph import Node
    from floe_sdk.schemas.spec import QualityCheck


def _check(project: Project, governance: ResolvedGovernance) -> Iterator[Finding]:
    del governance
    for node in project.own:
        for check in node.quality_checks:
            if check.enabled and not _tested(project, node, check):
                where = f" on the column {check.column}" if check.column else ""
                yield about(
                    "quality-checks",
                    FindingLevel.ERROR if check.severity == "critical" else FindingLevel.WARNING,
                    node,
                    f"floe.yaml promises the check {check.name}, and no test {check.type}{where} exists",
                    column=check.column,
                    expected=check.type,
                    fix="add the test to the model, or remove the entry from quality_checks",
                )


def _tested(project: Project, node: Node, check: QualityCheck) -> bool:
    column = check.column.lower() if check.column else None
    for test in project.tests.get(node.id, ()):
        if test.test is None or check.type not in (test.test.generic, test.name):
            continue
        if column is None or (test.test.column or "").lower() == column:
            return True
    return False


QUALITY_CHECKS = Rule("quality-checks", lambda _governance: True, _check)
