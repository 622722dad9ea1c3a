"""The job that maintains a product's tables: `floe catalog maintain` on the artifact."""

# without `from __future__ import annotations`: Dagster reads those of the op, not their texts
import json
from collections.abc import Mapping
from typing import Any

import dagster as dg

from floe_orchestrator_dagster.child import Child
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
    arguments = ["catalog", "maintain", str(product.root), "--artifact", str(product.artifact)]
    with Child([*arguments, "--apply", "--json", "--stop-on-eof"], {}) as child:
        text = "".join(child.lines())
        code = child.wait()
    try:
        answer = json.loads(text)
    except ValueError:
        answer = {}
    if code != 0 or "tables" not in answer:
        errors = [f"error[{each['code']}]: {each['problem']}" for each in answer.get("errors", ())]
        raise dg.Failure("\n".join(errors) or f"floe catalog maintain ended with exit code {code}\n{text}")
    tables = answer["tables"]
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
