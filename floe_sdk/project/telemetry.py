"""Turning telemetry on for a product: what every entry point does as soon as the plugins are loaded."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.observability.redaction import redactor
from floe_sdk.observability.sinks import Exporters
from floe_sdk.observability.spans import STATE
from floe_sdk.observability.telemetry import TelemetryProvider
from floe_sdk.plugins.types import PluginType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from floe_sdk.plugins.host import Platform
    from floe_sdk.schemas.observability import ObservabilityConfig

_log = logging.getLogger("floe_sdk.telemetry")


def start_telemetry(
    observability: ObservabilityConfig, platform: Platform, resource_attributes: Mapping[str, str]
) -> TelemetryProvider:
    """Initialise telemetry with the exporters of the platform's telemetry plugins; a second call changes nothing.

    A plugin that can't make its exporters costs a warning and what it would have sent: nobody else's, and no command.
    """
    failures: list[str] = []
    provider = TelemetryProvider.initialize(
        observability, exporters=_exporters(platform, failures), resource_attributes=resource_attributes
    )
    provider.failures += failures
    return provider


def watch_hooks(platform: Platform) -> Callable[[], None]:
    """A span for each hook call of the platform from now on, where tracing is on; returns what ends it."""
    if STATE.tracer is None:
        return lambda: None
    from floe_sdk.observability.hooks import HookMonitor

    hooks = HookMonitor()
    return platform.monitor(hooks.before, hooks.after)


def _exporters(platform: Platform, failures: list[str]) -> Iterator[Exporters]:
    for name, hooks in platform.each(PluginType.TELEMETRY):
        try:
            exporters = Exporters(
                f"telemetry/{name}",
                spans=hooks.telemetry_span_exporter(),
                metrics=hooks.telemetry_metric_exporter(),
                logs=hooks.telemetry_log_exporter(),
            )
        except FloeError:
            raise  # a secret that is unset, a client that is not installed: said as it is
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and tracing never fails a command
            reason = f"telemetry/{name} could not make its exporter: {type(error).__name__}: {error}"
            failures.append(redactor.redact(reason))
            _log.warning("traces are not delivered: %s", failures[-1])
        else:
            yield exporters
