"""The configuration of `orchestrator: {type: dagster}`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from floe_sdk import PluginConfig, Schedule

NAME = "dagster"
"""The name of this orchestrator in manifests and artifacts."""


def _cron_alone(value: Any) -> Any:
    return {"cron": value} if isinstance(value, str) else value


class DagsterConfig(PluginConfig):
    """`plugins.orchestrator.config` with `type: dagster`."""

    default_schedule: Annotated[Schedule, BeforeValidator(_cron_alone)] | None = Field(
        default=None,
        description="The schedule of products whose floe.yaml has none: a cron expression (in UTC), or "
        "{cron, timezone, enabled} as in floe.yaml.",
        examples=["0 6 * * *"],
    )
    resource_preset: str | None = Field(
        default=None,
        min_length=1,
        description="Which of the manifest's resource_presets products run with that name none (the label "
        "`resource_preset` of floe.yaml). Without it: the preset called `default`, or the only one.",
        examples=["small"],
    )
    max_retries: int = Field(
        default=0, ge=0, le=20, description="How often Dagster tries a step again that failed; the wait doubles."
    )
    retry_delay_seconds: float = Field(default=30, ge=0, description="How long it waits before the first time.")
