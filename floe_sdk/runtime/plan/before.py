"""What a plan compares with: the catalog's last successes, or another compiled artifact."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from floe_sdk.project.compiled_nodes import known_nodes
from floe_sdk.runtime.changes.current import Decision, Reason, Why, in_order
from floe_sdk.runtime.changes.files import UnknownStateError
from floe_sdk.runtime.changes.inputs import parents_of
from floe_sdk.runtime.changes.success import made_from
from floe_sdk.runtime.changes.tracking import Changes
from floe_sdk.runtime.plan.tables import Tables
from floe_sdk.schemas.graph import Materialization, NodeKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyiceberg.schema import Schema

    from floe_sdk.plugins.host import Platform
    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.compiled import CompiledNode
    from floe_sdk.schemas.graph import Node
    from floe_sdk.schemas.session import TableVersion


@dataclass
class Before:
    """`decision` judges the nodes of the present graph; `compiled` are nodes as they were, where known; `schemas` the
    columns of tables as they are; `gone` maps the name of each table that nobody makes now to the node that made it;
    `notes` say what of it is not known."""

    name: str
    tables: Tables
    decision: Decision
    compiled: dict[str, CompiledNode] = field(default_factory=dict)
    schemas: dict[str, Schema] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    unseen: bool = False
    notes: list[str] = field(default_factory=list)


def catalog_before(artifacts: CompiledArtifacts, platform: Platform, now: Mapping[str, CompiledNode]) -> Before:
    """The last success of each node, as the snapshots' properties say."""
    tables = Tables(platform)
    changes = Changes(artifacts, platform.context, tables.load, lambda _node_id: None, tables.upstream)
    before = Before("the last runs", tables, changes.decide(now), unseen=not changes.local)
    made = set()
    for node in artifacts.transforms.nodes:
        said: Mapping[str, str] | None = None
        if node.published:
            made.add((str(node.namespace), str(node.table)))
            version = _read(changes, node)
            if version is not None:
                before.schemas[node.id] = version.table.schema()
                said = version.table.properties
        success = before.decision.successes.get(node.id) if node.published else changes.local.get(node.id)
        said = (success.made if success else None) or said
        if said and (compiled := made_from(said)):
            before.compiled[node.id] = compiled
    tests = {node.id for node in artifacts.transforms.nodes if node.kind is NodeKind.TEST}  # some store their failures
    for name, node_id in tables.of_nodes(artifacts.namespace, made):
        if node_id not in tests:
            before.gone[".".join(name)] = node_id
    before.unseen = before.unseen and bool(before.schemas)  # where nothing ever ran, a view is new like everything else
    return before


def _read(changes: Changes, node: Node) -> TableVersion | None:
    """The node's table; the decision says of one that can't be read."""
    try:
        return changes.inputs.version(node)
    except UnknownStateError:
        return None


def artifact_before(
    artifacts: CompiledArtifacts,
    platform: Platform,
    now: Mapping[str, CompiledNode],
    other: CompiledArtifacts,
    name: str,
) -> Before:
    """Another state of the product; columns are those of the tables that the catalog has."""
    compiled = other.compiled or known_nodes(platform, other.metadata.project_hash) or {}
    tables = Tables(platform)
    before = Before(name, tables, _differences(artifacts, now, other, compiled), dict(compiled))
    if not compiled:
        before.notes.append(
            f"{name} holds no compiled SQL to show differences of: `floe compile --sql` writes one that does"
        )
    old = {node.id: node for node in other.transforms.nodes if node.published}
    for node in artifacts.transforms.nodes:
        was = old.get(node.id)
        version = tables.known(str(was.namespace), str(was.table)) if was and node.published else None
        if version is not None:
            before.schemas[node.id] = version.table.schema()
    made = {(node.namespace, node.table) for node in artifacts.transforms.nodes if node.published}
    before.gone = {
        f"{node.namespace}.{node.table}": node.id for node in old.values() if (node.namespace, node.table) not in made
    }
    return before


def _differences(
    artifacts: CompiledArtifacts,
    now: Mapping[str, CompiledNode],
    other: CompiledArtifacts,
    compiled: Mapping[str, CompiledNode],
) -> Decision:
    decision = Decision()
    nodes, old = artifacts.transforms.by_id(), other.transforms.by_id()
    changed: set[str] = set()
    for node in in_order(nodes):
        if not _same(node, old.get(node.id), now, compiled):
            changed.add(node.id)
        if node.kind is NodeKind.SOURCE or node.materialization is Materialization.EPHEMERAL:
            continue
        read = [parent.id for parent in parents_of(node, nodes)]
        if node.id not in old:
            decision.stale[node.id] = Reason(Why.NEW)
        elif node.id in changed:
            decision.stale[node.id] = Reason(Why.CHANGED)
        elif node.materialization is Materialization.VIEW:
            decision.current.append(node.id)
        elif inputs := sorted(each for each in read if each in changed):
            decision.stale[node.id] = Reason(Why.INPUT, tuple(inputs))
        elif stale := sorted(each for each in read if each in decision.stale):
            decision.stale[node.id] = Reason(Why.DOWNSTREAM, tuple(stale))
        else:
            decision.current.append(node.id)
    return decision


def _same(node: Node, old: Node | None, now: Mapping[str, CompiledNode], before: Mapping[str, CompiledNode]) -> bool:
    if old is None:
        return False
    if node.id in now and node.id in before:
        return now[node.id].fingerprint == before[node.id].fingerprint
    if node.kind is NodeKind.SOURCE:
        return (node.source_location, node.namespace, node.table) == (old.source_location, old.namespace, old.table)
    return node.checksum == old.checksum
