"""Asking every plugin of a platform for a real round trip, side by side, within one deadline."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from floe_sdk.errors import FloeError
from floe_sdk.project.telemetry import start_telemetry
from floe_sdk.runtime.side_by_side import side_by_side
from floe_sdk.schemas.events import KEYS_FROM_CATALOG, Health

if TYPE_CHECKING:
    from floe_sdk.plugins.host import LoadedPlugin, Platform
    from floe_sdk.schemas.observability import ObservabilityConfig

TRACING = "tracing"
SHARE = 0.9
"""What of the deadline a plugin is given: one that uses it all still tells its own reason and remedy in time."""


@dataclass(frozen=True)
class PluginHealth:
    """A plugin's answer; `ok` is None where it has no check."""

    name: str
    ok: bool | None
    message: str
    seconds: float | None = None
    details: dict[str, Any] = field(default_factory=dict)
    fix: str | None = None
    code: str | None = None

    @classmethod
    def of(cls, name: str, health: Health, seconds: float) -> PluginHealth:
        """The answer of the plugin `name`, which took `seconds` unless it says so itself."""
        took = health.seconds if health.seconds is not None else seconds
        return cls(name, health.ok, health.message, took, health.details, health.fix, health.code)


def check_platform(platform: Platform, observability: ObservabilityConfig, timeout: float) -> list[PluginHealth]:
    """One answer a plugin, sorted by name; one that hangs is reported at the deadline and left behind."""
    # Its importers silence this, but for each other: who puts filters back on one thread takes away those of others.
    warnings.filterwarnings("ignore", message="SOCKS support in urllib3")
    plugins = {plugin.record.identity: plugin for plugin in platform.records}
    calls = {name: partial(_answer, name, plugin, timeout) for name, plugin in plugins.items()}
    answers = side_by_side(calls, timeout, "health")
    late = f"no answer within {timeout:g} s"
    asked = [answers.get(name) or PluginHealth(name, False, late, timeout) for name in sorted(plugins)]
    return [*(_with_keys(answer, platform) for answer in asked), _tracing(platform, observability)]


def _answer(name: str, plugin: LoadedPlugin, timeout: float) -> PluginHealth:
    began = time.monotonic()
    try:
        health = plugin.hooks.plugin_health(timeout=SHARE * timeout)
    except FloeError as error:
        return PluginHealth.of(name, Health.fault(error), time.monotonic() - began)
    except Exception as error:  # noqa: BLE001 - whatever a plugin raises is its state of health
        return PluginHealth(name, False, f"{type(error).__name__}: {error}", time.monotonic() - began)
    if health is None:
        return PluginHealth(name, None, "the plugin has no check")
    return PluginHealth.of(name, health, time.monotonic() - began)


def _with_keys(answer: PluginHealth, platform: Platform) -> PluginHealth:
    """The answer; a fault where a storage counts on keys of a catalog that has none to hand out."""
    problem = answer.details.get(KEYS_FROM_CATALOG)
    if not answer.ok or not problem:
        return answer
    try:
        kind = platform.catalog.catalog_access(platform.storage.storage_access()).type
    except FloeError:  # the catalog's own answer says so
        return answer
    return replace(answer, ok=False, message=str(problem)) if kind == "sql" else answer


def _tracing(platform: Platform, observability: ObservabilityConfig) -> PluginHealth:
    """Whether spans go anywhere: tracing that is enabled and reaches a NoOp tracer is a fault."""
    if not observability.tracing.enabled:
        return PluginHealth(TRACING, None, "not enabled in the manifest")
    provider = start_telemetry(observability, platform, {})
    try:
        if provider.failures:
            return PluginHealth(TRACING, False, "; ".join(provider.failures))
        if provider.recording:
            return PluginHealth(TRACING, True, "spans reach a real tracer")
        reason = provider.reason or "spans go to a NoOp tracer"
        return PluginHealth(TRACING, False, f"enabled in the manifest, but {reason}")
    finally:
        provider.close(0.5)
