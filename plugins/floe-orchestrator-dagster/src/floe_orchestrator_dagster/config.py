"""The configuration of `orchestrator: {type: dagster}`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from floe_sdk import PluginConfig, Schedule


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
