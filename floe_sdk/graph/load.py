"""From a floe.yaml to the picture of its graph."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from floe_sdk.compilation.compile import build_artifacts
from floe_sdk.compilation.load import load
from floe_sdk.compilation.resolve import load_platform, resolve
from floe_sdk.compilation.validate import validate
from floe_sdk.errors import FloeError
from floe_sdk.errors.transform import COMPILE_NOT_OFFERED
from floe_sdk.graph.view import GraphView, view_of
from floe_sdk.plugins.types import PluginType
from floe_sdk.schemas.enforcement import Enforcement
from floe_sdk.schemas.graph import FLOE_ENGINE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from floe_sdk.graph.view import ColumnView
    from floe_sdk.plugins.host import Platform
    from floe_sdk.project.resolved import ResolvedProduct
    from floe_sdk.schemas.artifacts import CompiledArtifacts

    Columns = dict[str, tuple[ColumnView, ...]]


_NAMED = 5
"""How many models a note names."""


def load_view(
    spec: Path,
    *,
    env: str | None = None,
    variables: Mapping[str, Any] = MappingProxyType({}),
    columns: bool = False,
    literal_secrets: bool = False,
) -> tuple[GraphView, ResolvedProduct]:
    """The picture of a product's graph as `floe compile` would put it into the artifact; nothing is judged or written.

    With `columns`, also what each column is made from, by the models' compiled SQL; the notes say what is missing.
    """
    product = validate(load(spec), env=env)
    with load_platform(product, literal_secrets=literal_secrets) as platform:
        artifacts = build_artifacts(
            product,
            resolve(product, platform, variables),
            Enforcement(level="off"),
            governance=product.governance,
            observability=product.observability,
        )
        found, notes = _columns(artifacts, platform) if columns else (None, ())
    metadata = artifacts.metadata
    drawn = GraphView(
        product=metadata.product,
        version=metadata.product_version,
        environment=artifacts.environment,
        namespace=artifacts.namespace,
        description=metadata.description,
        notes=notes,
    )
    return view_of(artifacts.transforms, drawn, columns=found), product


def _columns(artifacts: CompiledArtifacts, platform: Platform) -> tuple[Columns | None, tuple[str, ...]]:
    """Every node's columns and their lineage, and what could not be told."""
    from floe_sdk.graph.columns import QUERIES, columns_of
    from floe_sdk.runtime.plan.tables import Tables

    graph, context = artifacts.transforms, platform.context
    sql = _compiled(artifacts, platform)
    if not sql:
        return None, ("Where columns come from is unknown: nothing compiles the models' SQL.",)
    notes = []
    known = Tables(platform)
    tables: Tables | None = known
    try:
        known.connect()
    except FloeError as error:
        notes.append(f"Columns and types are those that the project declares: {error.problem}.")
        tables = None
    root, state = context.product_root, context.product_state
    columns, unknown = columns_of(graph, sql, product_root=root, state=state, tables=tables)
    if unknown:
        names = {node.id: node.name for node in graph.nodes}
        told = [f"{names[each]} ({why})" for each, why in unknown.items()]
        more = f" and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
        count = sum(node.kind in QUERIES for node in graph.nodes)
        some = f"{len(unknown)} of {count} models"
        notes.append(f"Where columns come from is unknown of {some}: {', '.join(told[:_NAMED])}{more}.")
    return columns, tuple(notes)


def _compiled(artifacts: CompiledArtifacts, platform: Platform) -> dict[str, str]:
    from floe_sdk.project.compiled_nodes import compiled_nodes

    if artifacts.transforms.engine == FLOE_ENGINE or not platform.has(PluginType.TRANSFORM):
        return {}
    try:
        nodes = compiled_nodes(artifacts, platform)
    except FloeError as error:
        if error.code is not COMPILE_NOT_OFFERED:
            raise
        return {}
    return {node_id: node.sql for node_id, node in nodes.items() if node.sql}
