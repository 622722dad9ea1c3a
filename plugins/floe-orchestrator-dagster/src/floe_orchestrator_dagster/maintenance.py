"""The job that maintains a product's tables: `floe catalog maintain` on the artifact."""

# without `from __future__ import annotations`: Dagster reads those of the op, not their texts
from collections.abc import Mapping
from typing import Any

import dagster as dg

from floe_orchestrator_dagster.asking import ask
from floe_orchestrator_dagster.product import Product, pool_of


def maintenance_job(product: Product, tags: Mapping[str, Any]) -> dg.JobDefinition:
    """`<product>_maintenance`: expires snapshots, deletes files that nothing refers to, compacts small ones."""
    slug, name = product.artifacts.metadata.product_slug, product.artifacts.metadata.product

    @dg.op(
        name=f"{slug}_maintain",
        description=f"`floe catalog maintain --apply` for {name}: what governance lets go goes; rows stay as they are.",
        out=dg.Out(dg.Nothing),
        tags=dict(tags),
        pool=pool_of(product),
    )
    def maintain(context: dg.OpExecutionContext) -> None:
        context.add_output_metadata(_maintain(product, context))

    @dg.job(
        name=f"{slug}_maintenance",
        description=f"Maintains the tables of {name}.",
        tags=dict(tags),
    )
    def job() -> None:
        maintain()

    return job


def _maintain(product: Product, context: dg.OpExecutionContext) -> dict[str, Any]:
    """Do it; what it did, for the step's page. Raises Failure with floe's own words."""
    tables = ask("catalog maintain", product, ["--apply"], "tables")
    for table in tables:
        if reason := table["left_alone"] or table["note"]:
            context.log.warning("%s.%s: %s", table["namespace"], table["table"], reason)
    return {
        "tables": len(tables),
        "expired snapshots": sum(len(each["expired_snapshots"]) for each in tables),
        "deleted files": sum(len(each["unreferenced_files"]) + len(each["orphan_files"]) for each in tables),
        "compacted files": sum(len(each["compacted_files"]) for each in tables),
        "bytes": sum(each["bytes"] for each in tables),
    }
