"""What a plan compares with: the catalog's last successes, or another compiled artifact."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from floe_sdk.project.compiled_nodes import known_nodes
from floe_sdk.runtime.changes.current import Decision, Reason, Why, in_order
from floe_sdk.runtime.changes.inputs import parents_of
from floe_sdk.runtime.changes.success import CONFIG_PROPERTY, SQL_PROPERTY
from floe_sdk.runtime.changes.tracking import Changes
from floe_sdk.runtime.tables import belongs, connect, of_another
from floe_sdk.runtime.upstream import find_upstream
from floe_sdk.schemas.compiled import CompiledNode
from floe_sdk.schemas.graph import Materialization, NodeKind
from floe_sdk.schemas.session import NODE_ID_PROPERTY, TableVersion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyiceberg.catalog import Catalog
    from pyiceberg.schema import Schema

    from floe_sdk.plugins.host import Platform
    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.graph import Node


@dataclass
class Before:
    """`decision` judges the nodes of the present graph; `compiled` are nodes as they were, where known; `schemas` the
    columns of tables as they are; `gone` maps the name of each table that nobody makes now to the node that made it."""

    name: str
    decision: Decision
    compiled: dict[str, CompiledNode] = field(default_factory=dict)
    schemas: dict[str, Schema] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    unseen: bool = False


def catalog_before(artifacts: CompiledArtifacts, platform: Platform, now: Mapping[str, CompiledNode]) -> Before:
    """The last success of each node, as the snapshots' properties say."""
    tables = _Tables(platform)
    changes = Changes(artifacts, platform.context, tables.load, lambda _node_id: None, tables.upstream)
    before = Before("the last runs", changes.decide(now), unseen=not changes.local)
    made = set()
    for node in artifacts.transforms.nodes:
        if not node.published:
            continue
        made.add((str(node.namespace), str(node.table)))
        version = changes.inputs.version(node)
        if version is not None:
            before.schemas[node.id] = version.table.schema()
            before.compiled.update(_compiled(node.id, version.table.properties))
    tests = {node.id for node in artifacts.transforms.nodes if node.kind is NodeKind.TEST}  # some store their failures
    for name, node_id in tables.of_nodes(artifacts.namespace):
        if name not in made and node_id not in tests:
            before.gone[".".join(name)] = node_id
    before.unseen = before.unseen and bool(before.schemas)  # where nothing ever ran, a view is new like everything else
    return before


def artifact_before(
    artifacts: CompiledArtifacts,
    platform: Platform,
    now: Mapping[str, CompiledNode],
    other: CompiledArtifacts,
    name: str,
) -> Before:
    """Another state of the product; columns are those of the tables that the catalog has."""
    compiled = other.compiled or known_nodes(platform, other.metadata.project_hash) or {}
    before = Before(name, _differences(artifacts, now, other, compiled), dict(compiled))
    tables = _Tables(platform)
    old = {node.id: node for node in other.transforms.nodes if node.published}
    for node in artifacts.transforms.nodes:
        was = old.get(node.id)
        version = tables.load(str(was.namespace), str(was.table)) if was and node.published else None
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


def _compiled(node_id: str, properties: Mapping[str, str]) -> dict[str, CompiledNode]:
    if CONFIG_PROPERTY not in properties:
        return {}
    try:
        config: dict[str, Any] = json.loads(properties[CONFIG_PROPERTY])
    except ValueError:
        return {}
    return {node_id: CompiledNode(sql=properties.get(SQL_PROPERTY) or None, config=config)}


class _Tables:
    """The catalog's tables; connects when it is asked."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._connected: Catalog | None = None

    def load(self, namespace: str, table: str) -> TableVersion | None:
        from pyiceberg.exceptions import NoSuchNamespaceError, NoSuchTableError

        try:
            return TableVersion(self._catalog.load_table((namespace, table)))
        except (NoSuchTableError, NoSuchNamespaceError):
            return None

    def upstream(self, node: Node) -> TableVersion:
        return find_upstream(node, self._catalog, self._platform.context.environment)

    def of_nodes(self, namespace: str) -> Iterator[tuple[tuple[str, str], str]]:
        """The tables of the product's namespaces that a node made: (namespace, table) and the node's id."""
        names = sorted(".".join(each) for each in self._catalog.list_namespaces())
        for own in (each for each in names if belongs(each, namespace)):
            for identifier in self._catalog.list_tables(own):
                version = self.load(own, identifier[-1])
                if version is None or of_another(version.table, self._platform.context):
                    continue
                snapshot = version.table.current_snapshot()
                said = snapshot.summary.additional_properties if snapshot and snapshot.summary else {}
                if node_id := said.get(NODE_ID_PROPERTY):
                    yield (own, identifier[-1]), node_id

    @property
    def _catalog(self) -> Catalog:
        if self._connected is None:
            self._connected = connect(self._platform)
        return self._connected
