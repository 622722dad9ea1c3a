"""What runs a product by itself: its jobs and its schedule; and what an artifact says of resources and retries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dagster as dg

from floe_orchestrator_dagster.maintenance import maintenance_job
from floe_orchestrator_dagster.settings import preset_in_force, schedule_in_force

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

    from floe_orchestrator_dagster.assets import ProductAssets
    from floe_orchestrator_dagster.product import Product

    Job = dg.JobDefinition | UnresolvedAssetJobDefinition

PRODUCT_TAG = "floe/product"
"""On each run of a job: what `tag_concurrency_limits` of an instance can count."""
K8S_TAG = "dagster-k8s/config"


@dataclass(frozen=True)
class Automation:
    """What a product's `Definitions` have beside its assets."""

    jobs: tuple[Job, ...]
    schedules: tuple[dg.ScheduleDefinition, ...]


def automation_of(product: Product, assets: ProductAssets) -> Automation:
    """The jobs `<product>`, `<product>_changed`, `<product>_sources` and `<product>_maintenance`; a schedule of the
    first."""
    name, slug = product.artifacts.metadata.product, product.artifacts.metadata.product_slug
    tags = {PRODUCT_TAG: slug, **op_tags_of(product)}
    maintenance = maintenance_job(product, tags)
    if assets.executable is None:
        return Automation((maintenance,), ())
    whole = dg.define_asset_job(slug, assets.selection, description=f"All of {name}: what `floe run` does.", tags=tags)
    changed = dg.define_asset_job(
        f"{slug}_changed",
        assets.selection,
        config={"ops": {assets.executable.node_def.name: {"config": {"changed": True}}}},
        description=f"What of {name} is not current: what `floe run --changed` does.",
        tags=tags,
    )
    jobs: list[Job] = [whole, changed, maintenance]
    if assets.sources is not None:
        described = f"How old the newest rows are of what {name} reads: what `floe freshness` does."
        observed = dg.AssetSelection.assets(*assets.sources.keys)
        jobs.append(dg.define_asset_job(f"{slug}_sources", observed, description=described, tags=tags))
    schedule = schedule_of(product, whole)
    return Automation(tuple(jobs), (schedule,) if schedule else ())


def schedule_of(product: Product, job: Job) -> dg.ScheduleDefinition | None:
    """The schedule of `job`, running from the first moment on where it is enabled; None where nobody says a time."""
    schedule = schedule_in_force(product.artifacts, product.config)
    if schedule is None or schedule.cron is None:
        return None
    status = dg.DefaultScheduleStatus.RUNNING if schedule.enabled else dg.DefaultScheduleStatus.STOPPED
    return dg.ScheduleDefinition(
        f"{product.artifacts.metadata.product_slug}_schedule",
        job=job,
        cron_schedule=schedule.cron,
        execution_timezone=schedule.timezone,
        default_status=status,
        tags={PRODUCT_TAG: product.artifacts.metadata.product_slug},
    )


def op_tags_of(product: Product) -> dict[str, Any]:
    """The product's resource preset as Dagster's Kubernetes launcher and executor read it; empty without one.

    One step runs a whole selection, so that a preset is a product's, not a node's.
    """
    resources: dict[str, dict[str, str]] = {}
    for key, amount in preset_in_force(product.artifacts, product.config).items():
        name, _, kind = key.partition("_")  # cpu_request
        resources.setdefault(f"{kind}s", {})[name] = amount
    return {K8S_TAG: {"container_config": {"resources": resources}}} if resources else {}


def retry_policy_of(product: Product) -> dg.RetryPolicy | None:
    """`max_retries` and `retry_delay_seconds` of the plugin's configuration; None where no retry is asked for."""
    config = product.config
    if not config.max_retries:
        return None
    return dg.RetryPolicy(config.max_retries, config.retry_delay_seconds, dg.Backoff.EXPONENTIAL)
