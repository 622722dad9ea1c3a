"""Telemetry of the commands that compile or run: turned on once the plugins are known, flushed at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from floe_sdk.observability.telemetry import TelemetryProvider
    from floe_sdk.plugins.host import Platform
    from floe_sdk.project.resolved import ResolvedProduct

_providers: list[TelemetryProvider] = []


def started(product: ResolvedProduct, platform: Platform) -> None:
    """The `started` of `compile_product`."""
    from floe_sdk.compilation.compile import resource_attributes_of
    from floe_sdk.observability.logs import configure_logging
    from floe_sdk.project.telemetry import start_telemetry

    configure_logging(product.observability.logging)
    attributes = resource_attributes_of(product)
    _providers.append(start_telemetry(product.observability, platform, attributes))


def telemetry_ended() -> None:
    """Flush and stop; within the deadline of the observability section's SDK, whatever a collector does."""
    while _providers:
        _providers.pop().shutdown()
