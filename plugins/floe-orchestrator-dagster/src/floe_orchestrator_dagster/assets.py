"""A product's nodes as one multi-asset of which any part can be run."""

# without `from __future__ import annotations`: Dagster reads those of the op, not their texts
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dagster import (
    AssetCheckKey,
    AssetExecutionContext,
    AssetsDefinition,
    AssetSelection,
    RetryPolicy,
    multi_asset,
)

from floe_orchestrator_dagster.checks import checks_of
from floe_orchestrator_dagster.keys import Keys, identifier
from floe_orchestrator_dagster.product import Product, pool_of
from floe_orchestrator_dagster.running import FloeRunConfig, Selection
from floe_orchestrator_dagster.sources import sources_of
from floe_orchestrator_dagster.specs import spec_of


@dataclass(frozen=True)
class ProductAssets:
    """What Dagster knows of a product.

    `definitions` belong into `Definitions(assets=...)`; `executable`, one of them, runs any part of the product (its
    op takes `FloeRunConfig`), and is None for a product of which nothing can be run. `checks` are its checks by the
    ids of the tests. `sources` observes what the product reads; None where there is nothing of its own to observe.
    """

    keys: Keys
    definitions: tuple[AssetsDefinition, ...]
    executable: AssetsDefinition | None
    checks: Mapping[str, AssetCheckKey]
    sources: AssetsDefinition | None = None

    @property
    def selection(self) -> AssetSelection:
        """Everything that `floe run` runs: all assets of the product, and all checks, those of sources among them."""
        assets = AssetSelection.assets(*(self.keys.of(node.id) for node in self.keys.assets()))
        return assets | AssetSelection.checks(*self.checks.values())


def assets_of(
    product: Product, *, op_tags: Mapping[str, Any] | None = None, retry_policy: RetryPolicy | None = None
) -> ProductAssets:
    """The assets and checks of a product, and the sources that it reads."""
    keys = Keys(product.artifacts)
    checks = checks_of(keys)
    names = {each: check.key for each, check in checks.items()}
    specs = [spec_of(node, product, keys) for node in keys.assets()]
    sources = sources_of(product, keys)
    read = (sources,) if sources else ()
    if not specs:
        return ProductAssets(keys, read, None, names, sources)
    selection = Selection(product, keys, names)

    @multi_asset(
        name=f"{identifier(product.artifacts.metadata.product_slug)}_run",  # the job has the slug
        specs=specs,
        check_specs=list(checks.values()),
        can_subset=True,
        op_tags=op_tags,
        retry_policy=retry_policy,
        pool=pool_of(product),
        allow_arbitrary_check_specs=True,  # tests of sources
    )
    def run(context: AssetExecutionContext, config: FloeRunConfig) -> Iterator[Any]:
        yield from selection.run(context, config)

    return ProductAssets(keys, (run, *read), run, names, sources)
