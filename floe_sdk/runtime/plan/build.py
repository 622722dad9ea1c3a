"""Making a plan."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING

from floe_sdk.project.compiled_nodes import compiled_nodes
from floe_sdk.runtime.changes.current import Why, in_order
from floe_sdk.runtime.changes.inputs import parents_of
from floe_sdk.runtime.plan.before import Before, artifact_before, catalog_before
from floe_sdk.runtime.plan.columns import Readers, column_changes, left_as_it_is, new_schemas
from floe_sdk.runtime.plan.elsewhere import Elsewhere
from floe_sdk.runtime.plan.model import Action, ColumnChange, NodeChange, Plan, RemovedTable
from floe_sdk.schemas.graph import Materialization, NodeKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyiceberg.schema import Schema

    from floe_sdk.plugins.host import Platform
    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.compiled import CompiledNode
    from floe_sdk.schemas.enforcement import Finding
    from floe_sdk.schemas.graph import Node

_ACTIONS = {
    Why.NEW: Action.ADDED,
    Why.CHANGED: Action.CHANGED,
    Why.INPUT: Action.INPUT,
    Why.DOWNSTREAM: Action.DOWNSTREAM,
    Why.UNKNOWN: Action.UNKNOWN,
}


def build_plan(
    artifacts: CompiledArtifacts,
    platform: Platform,
    other: CompiledArtifacts | None = None,
    other_name: str = "",
) -> Plan:
    """What a run of `artifacts` would do now, compared with `other`, or else with the catalog's last successes."""
    now = compiled_nodes(artifacts, platform)
    if other is None:
        before = catalog_before(artifacts, platform, now)
    else:
        before = artifact_before(artifacts, platform, now, other, other_name)
    return _Planner(artifacts, platform, now, before).plan(other)


class _Planner:
    def __init__(
        self, artifacts: CompiledArtifacts, platform: Platform, now: Mapping[str, CompiledNode], before: Before
    ) -> None:
        self._artifacts = artifacts
        self._nodes = artifacts.transforms.by_id()
        self._now = now
        self._before = before
        stale = before.decision.stale
        self._stale = [node for node in in_order(self._nodes) if node.id in stale and not node.is_test]
        self._schemas: dict[str, Schema] = {}
        self._old: dict[str, Schema] = dict(before.schemas)
        as_is: dict[str, Schema] = {}
        views = [node for node in self._stale if node.id in before.compiled and _is_view(node)]
        if views or any(node.id in before.schemas for node in self._stale):
            self._schemas = new_schemas(artifacts, platform, now, before.schemas)
            as_is = new_schemas(artifacts, platform, now, before.schemas, rebuilt=False)
        if views:
            was = new_schemas(artifacts, platform, before.compiled, before.schemas, rebuilt=False)
            self._old |= {node.id: was[node.id] for node in views if node.id in was}
        self._elsewhere = Elsewhere(before.tables, artifacts.namespace)
        schemas = ({**as_is, **self._old}, self._schemas)
        self._readers = Readers(artifacts, now, schemas, self._elsewhere)

    def plan(self, other: CompiledArtifacts | None) -> Plan:
        artifacts, before = self._artifacts, self._before
        nodes = tuple(self._change(node) for node in self._stale)
        touched = {node.node_id for node in nodes if node.action in (Action.ADDED, Action.CHANGED)}
        return Plan(
            product=artifacts.metadata.product,
            environment=artifacts.environment,
            against=before.name,
            nodes=nodes,
            removed=tuple(self._removed(table, node_id) for table, node_id in sorted(before.gone.items())),
            findings=_new_findings(artifacts, other, touched),
            unknown={self._nodes[each].name: why for each, why in sorted(before.decision.unknown.items())},
            tests=tuple(self._nodes[each].name for each in before.decision.stale if self._nodes[each].is_test),
            current=sum(1 for each in before.decision.current if not self._nodes[each].is_test),
            notes=(*before.notes, *self._elsewhere.notes, *before.tables.notes, *self._untold()),
        )

    def _untold(self) -> list[str]:
        """The nodes whose columns had to be told and could not; what reads such a one is not named, too."""
        untold = {
            node.id
            for node in self._stale
            if node.id in self._before.schemas and node.id not in self._schemas and self._is_query(node)
        }
        first = [
            self._nodes[each].name
            for each in sorted(untold)
            if not untold & {parent.id for parent in parents_of(self._nodes[each], self._nodes)}
        ]
        why = "its SQL does not fit what it reads, or asks for what is there in a run only"
        return [f"the columns that {name} will have, and what reads it, can't be told: {why}" for name in first]

    def _is_query(self, node: Node) -> bool:
        compiled = self._now.get(node.id)
        is_sql = compiled is not None and compiled.sql is not None and not node.path.endswith(".py")
        return is_sql and node.materialization is not Materialization.SNAPSHOT

    def _removed(self, table: str, node_id: str) -> RemovedTable:
        node = self._nodes.get(node_id)
        now = None
        if node is not None:
            kind = node.materialization.value if node.materialization else node.kind.value
            now = f"{node.namespace}.{node.table}" if node.published else f"the {kind} {node.name}"
        return RemovedTable(table, node_id, self._readers.of_table(node_id, table), now)

    def _change(self, node: Node) -> NodeChange:
        reason = self._before.decision.stale[node.id]
        action = _ACTIONS[reason.why]
        if action is Action.ADDED and _is_view(node) and self._before.unseen:
            action = Action.UNSEEN
        change = NodeChange(
            node_id=node.id,
            name=node.name,
            kind=node.materialization.value if node.materialization else node.kind.value,
            table=f"{node.namespace}.{node.table}" if node.published else None,
            action=action,
            because=tuple(self._nodes[each].name if each in self._nodes else each for each in reason.inputs),
        )
        if action is Action.CHANGED:
            change = self._with_differences(node, change)
        return replace(change, columns=tuple(self._columns(node)))

    def _with_differences(self, node: Node, change: NodeChange) -> NodeChange:
        now, before = self._now.get(node.id), self._before.compiled.get(node.id)
        if now is None or before is None:
            return replace(change, undiffed="what it was compiled to before is not known")
        written = before.text is not None and now.text is not None  # their SQL is as the database was at each time
        sql = _diff(before.text, now.text) if written else _diff(before.sql, now.sql)
        config = tuple(
            (key, before.config.get(key), now.config.get(key))
            for key in sorted({*before.config, *now.config})
            if before.config.get(key) != now.config.get(key)
        )
        notes: tuple[str, ...] = ()
        if before.config.get("materialized") == "incremental" and (schema := self._before.schemas.get(node.id)):
            notes = tuple(left_as_it_is(node, schema, self._schemas.get(node.id), now))
        unseen = "its rows" if node.kind is NodeKind.SEED else "a macro or a variable that it uses"
        undiffed = None if sql or config else unseen
        return replace(change, sql=sql, config=config, undiffed=undiffed, notes=notes)

    def _columns(self, node: Node) -> list[ColumnChange]:
        old, new = self._old.get(node.id), self._schemas.get(node.id)
        if old is None or new is None:
            return []
        changes = self._renamed(node, column_changes(node, old, new, self._now.get(node.id)))
        changes = [
            replace(each, readers=self._readers.of(node, each.column)) if each.breaking else each for each in changes
        ]
        return [replace(each, breaking=_breaks(each)) for each in changes] if _is_view(node) else changes

    def _renamed(self, node: Node, changes: Sequence[ColumnChange]) -> list[ColumnChange]:
        """A column that goes while one that is made from the same comes is the same column under another name."""
        result = list(changes)
        added = [each for each in changes if each.change == "added"]
        for gone in [each for each in changes if each.change == "removed"]:
            origin = self._readers.origin(gone.column, self._before.compiled.get(node.id))
            same = [
                each for each in added if origin and origin == self._readers.origin(each.column, self._now.get(node.id))
            ]
            if len(same) == 1:
                result[result.index(gone)] = replace(gone, change="renamed", before=gone.column, after=same[0].column)
                result.remove(same[0])
                added.remove(same[0])
        return result


def _is_view(node: Node) -> bool:
    return node.materialization is Materialization.VIEW


def _breaks(change: ColumnChange) -> bool:
    """Of a view, which only its product reads: another type that reaches a table is told of that table."""
    return bool(change.readers) and change.change in ("removed", "renamed")


def _diff(before: str | None, after: str | None) -> tuple[str, ...]:
    lines = difflib.unified_diff((before or "").splitlines(), (after or "").splitlines(), n=2, lineterm="")
    return tuple(lines)[2:]


def _new_findings(
    artifacts: CompiledArtifacts, other: CompiledArtifacts | None, touched: set[str]
) -> tuple[Finding, ...]:
    """Those that the other artifact lacks; without one, those about nodes that are new or changed."""
    findings = [each for each in artifacts.enforcement.findings if not each.silenced]
    if other is None:
        return tuple(each for each in findings if each.subject in touched)
    known = {(each.rule, each.subject, each.column) for each in other.enforcement.findings}
    return tuple(each for each in findings if (each.rule, each.subject, each.column) not in known)
