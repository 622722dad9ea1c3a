"""Naming: a model's name follows the convention."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from floe_sdk.governance.rule import Project, Rule, about
from floe_sdk.schemas.enforcement import Finding, FindingLevel
from floe_sdk.schemas.governance import ResolvedGovernance, ResolvedNaming

if TYPE_CHECKING:
    from collections.abc import Iterator

PATTERNS = {
    "medallion": r"(bronze|silver|gold)_[a-z][a-z0-9_]*",
    "kimball": r"(dim|fact|bridge|hub|link|sat)_[a-z][a-z0-9_]*",
}
"""The conventions of the public documents, matched against the whole name."""


def _asked(governance: ResolvedGovernance) -> bool:
    return governance.naming is not None and governance.naming.enforcement != "off"


def _check(project: Project, governance: ResolvedGovernance) -> Iterator[Finding]:
    naming = governance.naming or ResolvedNaming()
    level = FindingLevel.ERROR if naming.enforcement == "strict" else FindingLevel.WARNING
    # as in the public documents, a custom pattern is matched from the name's beginning: `^stg_` is enough
    own = naming.pattern == "custom"
    expected = naming.custom_patterns if own else (PATTERNS[naming.pattern],)
    patterns = [re.compile(pattern if own else f"(?:{pattern})\\Z") for pattern in expected]
    for node in project.models:
        if not any(pattern.match(node.name) for pattern in patterns):
            yield about(
                "naming",
                level,
                node,
                f"the name {node.name!r} does not follow the {naming.pattern} convention",
                expected=" or ".join(expected),
                actual=node.name,
                fix="rename the model",
            )


NAMING = Rule("naming", _asked, _check, policy="naming", needs_project=False)
