"""Codes of telemetry, FLOE-O."""

from floe_sdk.errors.base import register

TELEMETRY_NOT_TAKEN = register(
    "FLOE-O001",
    "A backend of telemetry takes nothing",
    4,
    cause="The backend that a telemetry plugin sends to can't be reached, refuses the credentials, or what says where "
    "it is can't be used. Runs go on all the same: what was not taken is counted, and said at their end.",
    remedy="Check the plugin's `endpoint` and `headers`, the `OTEL_EXPORTER_OTLP_*` variables, which win over them, "
    "and that the backend runs; `floe health` tries again.",
)
