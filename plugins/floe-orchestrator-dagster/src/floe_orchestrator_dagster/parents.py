"""Whose child a run is: what `floe run` is told of the run of Dagster, for lineage and traces."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagster import AssetExecutionContext

    from floe_orchestrator_dagster.product import Product

SCHEDULED = ".dagster/scheduled_execution_time"
"""The tag of a run that a schedule started: the time of its tick, in ISO 8601."""


def parent_environment(context: AssetExecutionContext, product: Product) -> Mapping[str, str]:
    """The variables that make this run of Dagster the parent.

    It is the root as well, unless somebody who started Dagster's run says that he is the parent of it.
    """
    own = f"{_namespace(product)}/{context.run.job_name}/{context.run.run_id}"
    above = os.environ.get("OPENLINEAGE_ROOT_PARENT_ID") or os.environ.get("OPENLINEAGE_PARENT_ID")
    scheduled = context.run.tags.get(SCHEDULED)
    nominal = {"FLOE_NOMINAL_TIME": scheduled} if scheduled else {}
    return {
        "OPENLINEAGE_PARENT_ID": own,
        "OPENLINEAGE_ROOT_PARENT_ID": above or own,
        "FLOE_SCHEDULER_SPAN": json.dumps(_span(context)),
        **nominal,
    }


def _span(context: AssetExecutionContext) -> dict[str, Any]:
    """Dagster exports no spans. All steps of its run are in one trace, which its run's id decides."""
    run_id = context.run.run_id
    record = context.instance.get_run_record_by_id(run_id)
    start = record.start_time if record and record.start_time else None
    return {
        "name": "dagster.run",
        "start": datetime.fromtimestamp(start, timezone.utc).isoformat() if start else None,
        # not the id itself: samplers take the lower half for random, and in a UUID two bits of it are fixed
        "trace_id": hashlib.sha256(run_id.encode()).hexdigest()[:32],
        "attributes": {
            "dagster.run_id": run_id,
            "dagster.job_name": context.run.job_name,
            "dagster.step_key": str(context.op_execution_context.op_handle),
        },
    }


def _namespace(product: Product) -> str:
    """That of the product's jobs, unless the environment names another for Dagster's."""
    configured = product.artifacts.observability.lineage.namespace
    return os.environ.get("OPENLINEAGE_NAMESPACE") or configured or product.artifacts.metadata.platform
