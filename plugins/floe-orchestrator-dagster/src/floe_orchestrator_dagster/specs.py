"""What Dagster is told of each table and view before it runs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from dagster import (
    AssetSpec,
    CodeReferencesMetadataValue,
    FreshnessPolicy,
    LocalFileCodeReference,
    MetadataValue,
    TableColumn,
    TableColumnConstraints,
    TableSchema,
)

from floe_orchestrator_dagster.beta import beta
from floe_orchestrator_dagster.keys import identifier, owners, tag_word
from floe_sdk import Materialization, NodeKind, PluginType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from floe_orchestrator_dagster.keys import Keys
    from floe_orchestrator_dagster.product import Product
    from floe_sdk import Column, Node

UNKNOWN = "?"
"""A column's type that the project does not say, as dagster-dbt writes it."""


def spec_of(node: Node, product: Product, keys: Keys) -> AssetSpec:
    """The specification of a node that is an asset of the product."""
    return AssetSpec(
        keys.of(node.id),
        deps=sorted({keys.of(parent.id) for parent in keys.parents(node)}),
        description=_description(node, product),
        metadata={**_metadata(node), **_code(node, product)},
        group_name=group_of(product, node.tier),
        code_version=node.checksum,
        owners=owners(node.owner),
        tags=_tags(node, product),
        kinds=_kinds(node, product),
        freshness_policy=_freshness(node, product),
    )


def source_spec(node: Node, product: Product, keys: Keys) -> AssetSpec:
    """The specification of what the product only reads."""
    location = {"floe/location": node.source_location} if node.source_location else {}
    return AssetSpec(
        keys.of(node.id),
        description=node.description or None,
        metadata={**_metadata(node), **location, **_code(node, product)},
        group_name=group_of(product, "sources"),
        owners=owners(node.owner),
        tags=_tags(node, product),
        kinds={product.artifacts.transforms.engine, "source"},
    )


def group_of(product: Product, part: str | None) -> str:
    """The group of a product's tier, or of all that has none.

    Dagster's graph of all locations joins groups of one name: the gold of two products would be one box, and what leads
    to it a knot.
    """
    slug = product.artifacts.metadata.product_slug
    return identifier(f"{slug}_{part}" if part else slug)


def column_schema(columns: Iterable[tuple[str, str | None]], declared: Iterable[Column]) -> TableSchema:
    """The columns with their types; descriptions, tags and constraints are what the project declares."""
    said = {column.name.lower(): column for column in declared}
    return TableSchema([_column(name, kind, said.get(name.lower())) for name, kind in columns])


def _column(name: str, kind: str | None, column: Column | None) -> TableColumn:
    return TableColumn(
        name,
        type=kind or UNKNOWN,
        description=(column.description or None) if column else None,
        constraints=TableColumnConstraints(),
        tags={tag_word(tag): "" for tag in column.tags} if column else {},
    )


def _description(node: Node, product: Product) -> str:
    """As users of dagster-dbt know it: the project's text, then the SQL."""
    text = node.description or f"{product.artifacts.transforms.engine} {node.kind.value} {node.name}"
    language = "python" if node.path.endswith(".py") else "sql"
    code = _raw(node, product)
    title = f"Raw {'SQL' if language == 'sql' else 'code'}"
    compiled = product.artifacts.compiled.get(node.id)
    if code is None and compiled is not None and compiled.sql:
        code, title = compiled.sql, "Compiled SQL"
    return text if code is None else f"{text}\n\n#### {title}:\n```{language}\n{code.strip()}\n```"


def _raw(node: Node, product: Product) -> str | None:
    """The text of a model's file; None where it is not on this machine."""
    if node.kind is not NodeKind.MODEL:
        return None
    try:
        return _file(node, product).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _file(node: Node, product: Product) -> Path:
    return product.root / product.artifacts.transforms.root / node.path


def _metadata(node: Node) -> dict[str, Any]:
    metadata: dict[str, Any] = {"floe/node_id": node.id}
    if node.materialization is not None:
        metadata["floe/materialization"] = node.materialization.value
    if node.namespace and node.table:
        metadata["dagster/table_name"] = f"{node.namespace}.{node.table}"
    if node.published or node.upstream:
        metadata["dagster/storage_kind"] = "iceberg"
    if node.columns:
        columns = [(column.name, column.data_type) for column in node.columns]
        metadata["dagster/column_schema"] = MetadataValue.table_schema(column_schema(columns, node.columns))
    return metadata


def _code(node: Node, product: Product) -> dict[str, Any]:
    path = _file(node, product).resolve() if node.path else None
    if path is None or not path.is_file():
        return {}
    with beta():
        reference = LocalFileCodeReference(file_path=str(path), label=node.path)
        return {"dagster/code_references": CodeReferencesMetadataValue(code_references=[reference])}


def _freshness(node: Node, product: Product) -> FreshnessPolicy | None:
    """How old a table may become: `meta: {ttl_hours: N}` of the node, else `governance.default_ttl_hours`."""
    hours = node.meta.get("ttl_hours", product.artifacts.governance.default_ttl_hours)
    if not node.published or isinstance(hours, bool) or not isinstance(hours, int | float) or hours <= 0:
        return None
    return FreshnessPolicy.time_window(fail_window=timedelta(hours=hours))


def _tags(node: Node, product: Product) -> Mapping[str, str]:
    own = {"floe/product": tag_word(product.artifacts.metadata.product)}
    if node.tier:
        own["floe/tier"] = tag_word(node.tier)
    return {**{tag_word(tag): "" for tag in node.tags if tag_word(tag)}, **own}


def _kinds(node: Node, product: Product) -> set[str]:
    """Dagster shows three at most."""
    engine, compute = product.artifacts.transforms.engine, node.compute or _default_compute(product)
    last = "iceberg" if node.published else (node.materialization or Materialization.TABLE).value
    made = compute if node.kind is NodeKind.MODEL else node.kind.value
    return {engine, made, last}


def _default_compute(product: Product) -> str:
    """The first of the manifest, which runs what names none."""
    computes = (each.name for each in product.artifacts.plugins if each.type == PluginType.COMPUTE.value)
    return next(computes, "compute")
