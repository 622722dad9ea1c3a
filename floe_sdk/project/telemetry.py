"""Turning telemetry on for a product: what every entry point does as soon as the plugins are loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.observability.telemetry import TelemetryProvider
from floe_sdk.plugins.types import PluginType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from floe_sdk.plugins.host import Platform
    from floe_sdk.schemas.observability import ObservabilityConfig


def start_telemetry(
    observability: ObservabilityConfig, platform: Platform, resource_attributes: Mapping[str, str]
) -> TelemetryProvider:
    """Initialise tracing with the exporters of the platform's telemetry plugins; a second call changes nothing."""
    exporters = (hooks.telemetry_span_exporter() for _, hooks in platform.each(PluginType.TELEMETRY))
    return TelemetryProvider.initialize(observability, exporters=exporters, resource_attributes=resource_attributes)
