"""A product as plain Dagster definitions, for a project of one's own or as a code location."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster import DagsterInvalidDefinitionError, Definitions, ExecutorDefinition, in_process_executor

from floe_orchestrator_dagster.assets import assets_of
from floe_orchestrator_dagster.automation import automation_of, op_tags_of, retry_policy_of
from floe_orchestrator_dagster.product import Product, read_product
from floe_sdk import FloeError, without_cyclic_gc

if TYPE_CHECKING:
    from pathlib import Path


def floe_definitions(path: Path | str, *, root: Path | str | None = None) -> Definitions:
    """The definitions of the product whose artifact is at `path` (or in the folder `path`).

    They can be merged with others: `Definitions.merge(floe_definitions("target"), Definitions(...))`. `root` is the
    product's folder where the artifact does not lie in its `target/`.
    """
    with without_cyclic_gc():
        return definitions_of(read_product(path, root=root))


def floe_location(path: Path | str, *, root: Path | str | None = None, product: str | None = None) -> Definitions:
    """The same as a code location of its own; the artifact of another product than `product` is refused.

    A product is one step, which needs no process beside that of Dagster's run and ends with it: what is materialised
    here uses the executor of this process. In other people's locations, `floe_definitions` leaves that to them.
    """
    with without_cyclic_gc():
        return definitions_of(read_product(path, root=root, name=product), in_process_executor)


def definitions_of(product: Product, executor: ExecutorDefinition | None = None) -> Definitions:
    """Everything that Dagster shall know of a product."""
    metadata = product.artifacts.metadata
    told = {
        "version": metadata.product_version,
        "environment": product.artifacts.environment,
        "artifact": metadata.content_hash,
    }
    try:
        assets = assets_of(product, op_tags=op_tags_of(product), retry_policy=retry_policy_of(product))
        automation = automation_of(product, assets)
    except FloeError as error:  # an artifact that was compiled for another orchestrator was not asked these questions
        raise DagsterInvalidDefinitionError(error.render()) from None
    return Definitions(
        assets=assets.definitions,
        jobs=automation.jobs,
        schedules=automation.schedules,
        executor=executor,
        metadata={f"floe/{metadata.product}": told},
    )
