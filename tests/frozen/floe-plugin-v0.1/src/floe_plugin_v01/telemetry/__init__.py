"""The plugin `telemetry/v01` of floe."""

from floe_plugin_v01.telemetry.plugin import (
    V01Telemetry,
    V01TelemetryConfig,
)

__all__ = [
    "V01Telemetry",
    "V01TelemetryConfig",
]
