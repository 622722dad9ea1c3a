"""What a product only reads: assets that Dagster can observe, by the age of their newest rows."""

# without `from __future__ import annotations`: Dagster reads those of the op, not their texts
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    MetadataValue,
    ObserveResult,
    multi_observable_source_asset,
)

from floe_orchestrator_dagster.asking import ask
from floe_orchestrator_dagster.beta import beta
from floe_orchestrator_dagster.keys import Keys, identifier
from floe_orchestrator_dagster.product import Product
from floe_orchestrator_dagster.specs import source_spec
from floe_sdk import Node


def sources_of(product: Product, keys: Keys) -> AssetsDefinition | None:
    """The sources that can be observed; None where there is none.

    Not among them are the tables of other products: Dagster knows those from their own definitions, which may be in
    the same code location, and shows them by their keys alone where they are in none.
    """
    own = {keys.of(node.id) for node in keys.assets()}
    nodes: dict[AssetKey, Node] = {}
    for node in keys.sources():
        if node.upstream is None and keys.of(node.id) not in own:
            nodes.setdefault(keys.of(node.id), node)
    return _observable(product, keys, nodes) if nodes else None


def _observable(product: Product, keys: Keys, nodes: dict[AssetKey, Node]) -> AssetsDefinition:
    def observe(context: AssetExecutionContext) -> Iterator[ObserveResult]:
        chosen = {key: node for key, node in nodes.items() if key in context.selected_asset_keys}
        checked = _checked(product, list(chosen.values()))
        for key, node in chosen.items():
            if node.id in checked:
                yield _observation(key, checked[node.id])
            else:
                context.log.info("%s has no `freshness`: there is nothing to observe", node.name)

    with beta():
        assets: AssetsDefinition = multi_observable_source_asset(
            name=identifier(f"{product.artifacts.metadata.product_slug}_observe"),
            specs=[source_spec(node, product, keys) for node in nodes.values()],
            can_subset=True,
            description="`floe freshness`: how old the newest rows are of sources that have `freshness`.",
        )(observe)
    return assets


def _checked(product: Product, nodes: list[Node]) -> dict[str, dict[str, Any]]:
    """What `floe freshness` says of them, by id; raises Failure where it can't tell of any."""
    selected = [word for node in nodes for word in ("--select", f"source:{node.package}.{node.name}")]
    return {each["id"]: each for each in ask("freshness", product, selected, "sources")}


def _observation(key: AssetKey, source: dict[str, Any]) -> ObserveResult:
    limits = {name: source[f"{name}_seconds"] for name in ("age", "warn_after", "error_after")}
    metadata: dict[str, Any] = {
        "floe/status": source["status"],
        **{f"floe/{name}_seconds": float(value) for name, value in limits.items() if value is not None},
        **({"floe/message": source["message"]} if source["message"] else {}),
    }
    if source["loaded_at"]:
        loaded_at = datetime.fromisoformat(source["loaded_at"]).timestamp()
        metadata["dagster/last_updated_timestamp"] = MetadataValue.timestamp(loaded_at)
    return ObserveResult(asset_key=key, metadata=metadata)
