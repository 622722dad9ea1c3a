"""`floe_definitions`: a product as plain Dagster definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster import Definitions

from floe_orchestrator_dagster.assets import assets_of
from floe_orchestrator_dagster.product import Product, read_product

if TYPE_CHECKING:
    from pathlib import Path


def floe_definitions(path: Path | str, *, root: Path | str | None = None, product: str | None = None) -> Definitions:
    """The definitions of the product whose artifact is at `path` (or in the folder `path`).

    They can be merged with others: `Definitions.merge(floe_definitions("target"), Definitions(...))`. `root` is the
    product's folder where the artifact does not lie in its `target/`; the artifact of another product than `product`
    is refused.
    """
    return definitions_of(read_product(path, root=root, name=product))


def definitions_of(product: Product) -> Definitions:
    """Everything that Dagster shall know of a product."""
    metadata = product.artifacts.metadata
    told = {
        "version": metadata.product_version,
        "environment": product.artifacts.environment,
        "artifact": metadata.content_hash,
    }
    return Definitions(assets=assets_of(product).definitions, metadata={f"floe/{metadata.product}": told})
