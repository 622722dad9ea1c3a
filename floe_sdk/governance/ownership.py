"""Ownership: everything that is made has somebody who answers for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.governance.rule import Project, Rule, about, gate_level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from floe_sdk.schemas.enforcement import Finding
    from floe_sdk.schemas.governance import ResolvedGovernance


def _check(project: Project, governance: ResolvedGovernance) -> Iterator[Finding]:
    for node in project.own:
        if not node.owner:
            yield about(
                "ownership",
                gate_level(governance),
                node,
                f"nobody owns the {node.kind.value}",
                fix="set `meta: {owner: ...}` on it, or `metadata: owner` in floe.yaml for the whole product",
            )


OWNERSHIP = Rule("ownership", lambda governance: governance.quality_gates.require_owners, _check, needs_project=False)
