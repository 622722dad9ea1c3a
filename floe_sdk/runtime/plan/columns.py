"""The columns that a plan's tables will have, and who reads those that go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.runtime.changes.current import in_order
from floe_sdk.runtime.plan.model import ColumnChange
from floe_sdk.runtime.publishing.evolution import widens
from floe_sdk.schemas.columns import ColumnsRequest, Relation
from floe_sdk.schemas.graph import Materialization

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pyiceberg.schema import Schema

    from floe_sdk.plugins.host import Platform
    from floe_sdk.runtime.lineage.sql import Lineage
    from floe_sdk.runtime.plan.elsewhere import Elsewhere
    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.compiled import CompiledNode
    from floe_sdk.schemas.graph import Node

_KEEPS = frozenset({"ignore", "append_new_columns", "fail"})
"""`on_schema_change` of incremental models that leave a table the columns which it has."""

_TAKES = frozenset({"append_new_columns", "sync_all_columns"})
"""Those that give it the new ones."""


def new_schemas(
    artifacts: CompiledArtifacts,
    platform: Platform,
    compiled: Mapping[str, CompiledNode],
    known: Mapping[str, Schema],
    *,
    rebuilt: bool = True,
) -> dict[str, Schema]:
    """The columns of every model, as its SQL will make them, where the compute can tell. `known` are those of tables
    as they are: of seeds and snapshots, which no SQL says; and of all, where they are not to be `rebuilt`."""
    graph = artifacts.transforms
    relations = []
    for node in in_order(graph.by_id()):
        if not node.namespace or node.materialization in (Materialization.TEST, Materialization.EPHEMERAL):
            continue
        made = compiled.get(node.id)
        is_query = made is not None and made.sql is not None and node.materialization is not Materialization.SNAPSHOT
        is_query = is_query and (rebuilt or node.id not in known)
        if not is_query and node.id not in known:
            continue
        sql = made.sql if made is not None and is_query else None
        schema = None if is_query else known[node.id]
        relations.append(Relation(node.id, node.namespace, node.table or node.name, schema, sql))
    root: Path = platform.context.product_root / graph.root
    return dict(platform.compute().compute_columns(request=ColumnsRequest(tuple(relations), root)) or {})


def column_changes(node: Node, before: Schema, after: Schema, compiled: CompiledNode | None) -> list[ColumnChange]:
    """What becomes of the columns that a table has; new ones too, which break nothing."""
    if node.materialization is Materialization.SNAPSHOT:
        return []
    on_change = _on_schema_change(node, compiled)
    old = {field.name: field.field_type for field in before.fields}
    new = {field.name: field.field_type for field in after.fields}
    changes = []
    for name, kind in old.items() if on_change not in _KEEPS else ():
        if name not in new:
            changes.append(ColumnChange(name, "removed", str(kind), None, breaking=True))
        elif not widens(kind, new[name]):
            word = "narrowed" if widens(new[name], kind) else "changed"
            changes.append(ColumnChange(name, word, str(kind), str(new[name]), breaking=True))
        elif kind != new[name]:
            changes.append(ColumnChange(name, "widened", str(kind), str(new[name])))
    if on_change is None or on_change in _TAKES:
        changes += [ColumnChange(name, "added", None, str(kind)) for name, kind in new.items() if name not in old]
    return changes


def left_as_it_is(node: Node, before: Schema, after: Schema | None, compiled: CompiledNode | None) -> Iterator[str]:
    """What a run of an incremental model that has changed does not change in its table."""
    on_change = _on_schema_change(node, compiled)
    if compiled is None or on_change is None or compiled.config.get("full_refresh"):
        return
    yield "rows that a run does not touch stay as they are; `floe run --full-refresh` makes all anew"
    old = {field.name: field.field_type for field in before.fields}
    new = {field.name: field.field_type for field in after.fields} if after else old
    if on_change == "fail" and old != new:
        yield "its columns are others now, and on_schema_change is fail: a run without --full-refresh fails"
    elif on_change == "ignore" and (added := [name for name in new if name not in old]):
        yield f"the table does not get the column {', '.join(added)}: on_schema_change is ignore"


def _on_schema_change(node: Node, compiled: CompiledNode | None) -> str | None:
    if node.materialization is not Materialization.INCREMENTAL:
        return None
    return str((compiled.config if compiled else {}).get("on_schema_change", "ignore"))


class Readers:
    """Who reads which columns, by the lineage of each node's SQL; views are looked through.

    A table has the columns that it has in any of `schemas`: a model that reads a new one is not lost to an old one.
    """

    def __init__(
        self,
        artifacts: CompiledArtifacts,
        compiled: Mapping[str, CompiledNode],
        schemas: Sequence[Mapping[str, Schema]],
        elsewhere: Elsewhere,
    ) -> None:
        self._nodes = artifacts.transforms.by_id()
        self._ports = artifacts.output_ports
        self._elsewhere = elsewhere
        self._schema = {
            _table(node): list(dict.fromkeys(field.name for each in known for field in each.fields))
            for node in self._nodes.values()
            if node.namespace and (known := [each[node.id] for each in schemas if node.id in each])
        }
        self._compiled = compiled
        self._lineage: dict[str, Lineage | None] = {}
        self._children: dict[str, list[Node]] = {}
        for node in self._nodes.values():
            for parent in node.depends_on:
                self._children.setdefault(parent, []).append(node)

    def of(self, node: Node, column: str) -> tuple[str, ...]:
        """`totals.amount`, `totals` where the column decides on its rows, `output port orders`."""
        others = self._elsewhere.of_column(f"{node.namespace}.{node.table}", column) if node.published else ()
        return tuple(dict.fromkeys((*self._of(node, column), *self._promised(node, column), *others)))

    def of_table(self, node_id: str, table: str) -> tuple[str, ...]:
        """Nodes that name its node as what they depend on, and those of other products."""
        own = (each.name for each in self._children.get(node_id, ()) if each.test is None)
        return (*own, *self._elsewhere.of_table(table))

    def origin(self, column: str, compiled: CompiledNode | None) -> frozenset[tuple[object, ...]] | None:
        """What a column is made from, to recognise it under another name; None where that is not one column."""
        lineage = self._read(compiled.sql if compiled else None)
        uses = {name.lower(): uses for name, uses in lineage.columns.items()}.get(column.lower()) if lineage else None
        return frozenset((use.table, use.column.lower(), use.type, use.subtype) for use in uses) if uses else None

    def _of(self, node: Node, column: str) -> Iterator[str]:
        wanted = (_table(node), column.lower())
        for child in self._children.get(node.id, ()):
            if child.test is not None:
                if child.test.column and child.test.column.lower() == column.lower() and child.test.tested == node.id:
                    yield f"test {child.name}"
                continue
            compiled = self._compiled.get(child.id)
            if child.id not in self._lineage:
                self._lineage[child.id] = self._read(compiled.sql if compiled else None)
            lineage = self._lineage[child.id]
            if lineage is None or lineage.problems:
                yield f"{child.name} (perhaps: its columns can't be traced)"
            if lineage is None:
                continue
            through = child.materialization in (Materialization.VIEW, Materialization.EPHEMERAL)
            for name, uses in lineage.columns.items():
                if any((use.table, use.column.lower()) == wanted for use in uses):
                    yield f"{child.name}.{name}"
                    if through:
                        yield from self._of(child, name)
            if any((use.table, use.column.lower()) == wanted for use in lineage.dataset):
                yield child.name

    def _promised(self, node: Node, column: str) -> Iterator[str]:
        for port in self._ports:
            names = {each.name.lower() for each in port.columns}
            if port.name in (node.name, node.table) and column.lower() in names:
                yield f"output port {port.name}"

    def _read(self, sql: str | None) -> Lineage | None:
        from floe_sdk.runtime.lineage.sql import UnresolvedError, column_lineage

        if sql is None:
            return None
        try:
            return column_lineage(sql, self._schema)
        except UnresolvedError:
            return None


def _table(node: Node) -> tuple[str, str]:
    return str(node.namespace).lower(), (node.table or node.name).lower()
