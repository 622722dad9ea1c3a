"""The columns of a graph's nodes and what each is made from, by the compiled SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.graph.view import FOLDED, ColumnUse, ColumnView, declared, topological
from floe_sdk.runtime.lineage.columns import ColumnLineage
from floe_sdk.runtime.lineage.datasets import CatalogName, Datasets
from floe_sdk.schemas.graph import NodeKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from floe_sdk.runtime.lineage.datasets import Tables
    from floe_sdk.runtime.lineage.facets import Facet
    from floe_sdk.schemas.graph import Graph, Node

QUERIES = frozenset({NodeKind.MODEL, NodeKind.SNAPSHOT})
NO_SQL = "its SQL is not known"


def columns_of(
    graph: Graph, sql: Mapping[str, str], *, product_root: Path, state: Path, tables: Tables | None
) -> dict[str, tuple[ColumnView, ...]]:
    """Each node's columns with their sources; `sql` is the compiled SQL by node id. Shares the cache of runs."""
    # what the project declares of a query's columns need not be all of them: its SQL or its table says them
    bare = tuple(node.model_copy(update={"columns": ()}) if node.kind in QUERIES else node for node in graph.nodes)
    datasets = Datasets(
        graph.model_copy(update={"nodes": bare}), product_root, tables, CatalogName("floe", "unknown"), "floe"
    )
    lineage = ColumnLineage(datasets, state / "cache" / "column_lineage.json")
    shown = {node.id: node for node in graph.nodes if node.kind not in FOLDED}
    found: dict[str, tuple[ColumnView, ...]] = {}
    made: dict[tuple[str, str], str] = {}
    for node_id in topological({each: node.depends_on for each, node in shown.items()}):
        node = shown[node_id]
        facet = lineage.of(node, sql.get(node_id)) if node.kind in QUERIES else None
        problems = dict(lineage.problems) if node.kind in QUERIES and node_id in sql else {"*": NO_SQL}
        found[node_id] = _columns(node, datasets, facet, made, {} if node.kind not in QUERIES else problems)
        where = datasets.identity(node)
        made[where.namespace, where.name] = node_id
    lineage.save()
    return found


def _columns(
    node: Node,
    datasets: Datasets,
    facet: Facet | None,
    made: Mapping[tuple[str, str], str],
    problems: Mapping[str, str],
) -> tuple[ColumnView, ...]:
    """What is known of the columns' types (the table's own) and descriptions (the project's), by name in any case."""
    types = {name.lower(): (name, kind) for name, kind in datasets.columns(node)}
    said = {column.name.lower(): column for column in declared(node)}
    fields = {name.lower(): field for name, field in (facet["fields"] if facet else {}).items()}
    views = []
    for key in dict.fromkeys((*types, *said)):
        name, kind = types.get(key, (None, None))
        column = said.get(key, ColumnView(name or key))
        reason = problems.get(name or key) or problems.get("*")
        sources = _sources(fields[key]["inputFields"], made) if key in fields else None
        if sources is None and node.kind in QUERIES:
            reason = reason or "it is made from no column"
        views.append(
            ColumnView(
                name or column.name,
                kind or column.data_type,
                column.description,
                column.tags,
                sources,
                None if sources is not None else reason,
            )
        )
    return tuple(views)


def _sources(fields: list[dict[str, object]], made: Mapping[tuple[str, str], str]) -> tuple[ColumnUse, ...]:
    uses = []
    for each in fields:
        node_id = made.get((str(each["namespace"]), str(each["name"])))
        if node_id is not None:
            transformations = each["transformations"]
            subtypes = [one["subtype"] for one in transformations] if isinstance(transformations, list) else []
            uses.append(ColumnUse(node_id, str(each["field"]), str(subtypes[0]) if subtypes else "IDENTITY"))
    return tuple(sorted(set(uses)))
