"""The columns of a graph's nodes and what each is made from, by the compiled SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.graph.view import ColumnUse, ColumnView, declared, topological
from floe_sdk.runtime.lineage.columns import ColumnLineage
from floe_sdk.runtime.lineage.datasets import Datasets
from floe_sdk.runtime.lineage.naming import CatalogName
from floe_sdk.schemas.graph import NodeKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from floe_sdk.runtime.lineage.datasets import Tables
    from floe_sdk.runtime.lineage.facets import Facet
    from floe_sdk.schemas.graph import Graph, Node

QUERIES = frozenset({NodeKind.MODEL, NodeKind.SNAPSHOT})
NO_SQL = "its SQL is not known"
PYTHON = "it is Python"


def columns_of(
    graph: Graph, sql: Mapping[str, str], *, product_root: Path, state: Path, tables: Tables | None
) -> tuple[dict[str, tuple[ColumnView, ...]], dict[str, str]]:
    """Each node's columns with their sources, and why there are none, by node id, where nothing is known of a model.

    `sql` is the compiled SQL by node id. Shares the cache of runs.
    """
    # what the project declares of a query's columns need not be all of them: its SQL or its table says them
    bare = tuple(node.model_copy(update={"columns": ()}) if node.kind in QUERIES else node for node in graph.nodes)
    datasets = Datasets(
        graph.model_copy(update={"nodes": bare}), product_root, tables, CatalogName("floe", "unknown"), "floe"
    )
    lineage = ColumnLineage(datasets, state / "cache" / "column_lineage.json")
    shown = {node.id: node for node in graph.nodes if not node.is_test}
    found: dict[str, tuple[ColumnView, ...]] = {}
    made: dict[tuple[str, str], str] = {}
    unknown: dict[str, str] = {}
    for node_id in topological({each: node.depends_on for each, node in shown.items()}):
        node, facet, problems = shown[node_id], None, dict[str, str]()
        if node.kind in QUERIES:
            said = sql.get(node_id) if not node.path.endswith(".py") else None
            facet = lineage.of(node, said)
            problems = dict(lineage.problems) if said else {"*": PYTHON if node_id in sql else NO_SQL}
        if "*" in problems:
            unknown[node_id] = problems["*"]
        found[node_id] = _columns(node, datasets, facet, made, problems)
        where = datasets.identity(node)
        made[where.namespace, where.name] = node_id
    lineage.save()
    return _with_used(found, shown), unknown


def _with_used(
    found: dict[str, tuple[ColumnView, ...]], shown: Mapping[str, Node]
) -> dict[str, tuple[ColumnView, ...]]:
    """Of a source that declares no columns, those that models are seen to read."""
    used: dict[str, dict[str, str]] = {}
    for columns in found.values():
        for use in (use for column in columns for use in column.sources or ()):
            used.setdefault(use.node, {}).setdefault(use.column.lower(), use.column)
    bare = [each for each in used if not found[each] and shown[each].kind is NodeKind.SOURCE]
    return {**found, **{each: tuple(ColumnView(used[each][key]) for key in sorted(used[each])) for each in bare}}


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
