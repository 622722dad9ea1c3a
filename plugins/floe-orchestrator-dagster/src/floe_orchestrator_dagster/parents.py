"""Whose child a run is: what `floe run` is told of the run of Dagster, for lineage and traces."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

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
    return {"OPENLINEAGE_PARENT_ID": own, "OPENLINEAGE_ROOT_PARENT_ID": above or own, **nominal}


def _namespace(product: Product) -> str:
    """That of the product's jobs, unless the environment names another for Dagster's."""
    configured = product.artifacts.observability.lineage.namespace
    return os.environ.get("OPENLINEAGE_NAMESPACE") or configured or product.artifacts.metadata.platform
