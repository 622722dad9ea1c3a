"""Retention: how long a table says that it keeps its rows, against what the platform asks for.

`meta: {retention_days: N}` is compared with `data_retention_days` (at least that long), `meta: {ttl_hours: N}` with
`default_ttl_hours` (at most that long). What a table keeps without saying so can't be seen in a graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.governance.rule import Project, Rule, about
from floe_sdk.schemas.enforcement import Finding, FindingLevel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from floe_sdk.schemas.governance import ResolvedGovernance
    from floe_sdk.schemas.graph import Node


def _asked(governance: ResolvedGovernance) -> bool:
    return governance.data_retention_days is not None or governance.default_ttl_hours is not None


def _check(project: Project, governance: ResolvedGovernance) -> Iterator[Finding]:
    tables = [node for node in project.made if node.published]
    if governance.data_retention_days is not None:
        yield from _compare(project, tables, "retention_days", governance.data_retention_days, at_least=True)
    if governance.default_ttl_hours is not None:
        yield from _compare(project, tables, "ttl_hours", governance.default_ttl_hours, at_least=False)


def _compare(project: Project, tables: list[Node], key: str, limit: int, *, at_least: bool) -> Iterator[Finding]:
    silent = 0
    expected = f"{key} {'>=' if at_least else '<='} {limit}"
    for node in tables:
        value = node.meta.get(key)
        if value is None:
            silent += 1
        elif isinstance(value, bool) or not isinstance(value, int):
            message = f"`meta: {key}` is {value!r}, which is no whole number"
            yield about("retention", FindingLevel.ERROR, node, message, expected=expected, actual=str(value))
        elif (value < limit) if at_least else (value > limit):
            message = f"the table keeps its rows for {key} {value}, the platform asks for {expected}"
            yield about("retention", FindingLevel.ERROR, node, message, expected=expected, actual=str(value))
    if silent:
        yield Finding(
            rule="retention",
            level=FindingLevel.UNMEASURED,
            subject=project.graph.name,
            message=f"{silent} of {len(tables)} tables say nothing of {key}: how long they keep rows was not measured",
            expected=expected,
            fix=f"set `meta: {{{key}: {limit}}}` on them",
        )


RETENTION = Rule("retention", _asked, _check)
