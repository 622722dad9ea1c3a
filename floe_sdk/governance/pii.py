"""Personal data: a column that says it holds some must say how it is protected.

A column is personal by `meta: {pii: true}`, by `meta: {classification: pii}` or by a tag `pii`. It is protected by
`meta: {masking: METHOD}` or `meta: {encryption: METHOD}` (`masked: true` and `encrypted: true` will do).
Sources are other people's systems: they are not judged, but their personal columns are recognised downstream.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.governance.rule import Project, Rule, about
from floe_sdk.schemas.enforcement import Finding, FindingLevel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from floe_sdk.schemas.governance import ResolvedGovernance
    from floe_sdk.schemas.graph import Column, Graph

_PROTECTIONS = ("masking", "encryption", "masked", "encrypted")
_PERSONAL = frozenset({"pii", "phi"})
_NO = frozenset({"", "none", "no", "false", "off", "plain"})


def _truthy(value: object) -> bool:
    return str(value).strip().lower() not in _NO if value is not None else False


def _personal(column: Column) -> bool:
    if "pii" in column.meta:
        return _truthy(column.meta["pii"])
    words = {str(column.meta.get("classification", "")).lower(), *(tag.lower() for tag in column.tags)}
    return bool(words & _PERSONAL)


def _protected(column: Column) -> bool:
    return any(_truthy(column.meta.get(key)) for key in _PROTECTIONS)


def _check(project: Project, governance: ResolvedGovernance) -> Iterator[Finding]:
    del governance
    upstream = _unprotected_upstream(project.graph)
    for node in project.made:
        if not node.columns:
            message = f"the {node.kind.value} declares no columns: whether it holds personal data can't be measured"
            yield about("pii", FindingLevel.UNMEASURED, node, message, fix="list its columns in the project's YAML")
        for column in node.columns:
            if _personal(column) and not _protected(column):
                yield about(
                    "pii",
                    FindingLevel.ERROR,
                    node,
                    f"the column {column.name} holds personal data and is neither masked nor encrypted",
                    column=column.name,
                    expected="meta: masking or encryption",
                    fix="mask it and say how (`meta: {pii: true, masking: sha256}`), or leave the column out",
                )
            elif column.name.lower() in upstream[node.id] and "pii" not in column.meta and not _protected(column):
                yield about(
                    "pii",
                    FindingLevel.WARNING,
                    node,
                    f"the column {column.name} is called as an unprotected personal column upstream",
                    column=column.name,
                    fix="say `meta: {pii: true, masking: ...}`, or `meta: {pii: false}` where it is none",
                )


def _unprotected_upstream(graph: Graph) -> dict[str, frozenset[str]]:
    """For each node, the names of personal columns that reach it by its direct parents as they are."""
    nodes = graph.by_id()
    exposed = {
        node.id: frozenset(c.name.lower() for c in node.columns if _personal(c) and not _protected(c))
        for node in graph.nodes
    }
    return {
        node.id: frozenset().union(*(exposed[parent] for parent in node.depends_on if parent in nodes))
        for node in graph.nodes
    }


PII = Rule("pii", lambda governance: governance.pii_encryption == "required", _check)
