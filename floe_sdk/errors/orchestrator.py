"""Codes of what an orchestrator can't do with an artifact, FLOE-O."""

from floe_sdk.errors.base import register

SCHEDULE_NOT_SUPPORTED = register(
    "FLOE-O010",
    "The orchestrator can't run at these times",
    cause="Cron expressions have dialects. Dagster's has five fields, without seconds, without `W`, and with `L` for "
    "the day of the month only.",
    remedy="Say it with five plain fields, such as `0 6 * * 1-5`.",
)
UNKNOWN_PRESET = register(
    "FLOE-O011",
    "A resource preset that the platform does not have",
    cause="The product's label `resource_preset`, or `resource_preset` of the orchestrator's configuration, names none "
    "of the manifest's `resource_presets`.",
    remedy="Correct the name, or add the preset to manifest.yaml, and compile again.",
)
