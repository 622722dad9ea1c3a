"""The plugin: telemetry `otlp`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from floe_sdk import TELEMETRY_NOT_TAKEN, FloeError, Health, PluginContext, hookimpl
from floe_telemetry_otlp.config import OtlpConfig  # noqa: TC001 - the host reads the constructor's annotation
from floe_telemetry_otlp.sending import Backend, Refused
from floe_telemetry_otlp.settings import WrongSetting, settings_for

if TYPE_CHECKING:
    from opentelemetry.sdk._logs.export import LogRecordExporter
    from opentelemetry.sdk.metrics.export import MetricExporter
    from opentelemetry.sdk.trace.export import SpanExporter

    from floe_telemetry_otlp.config import Signal
    from floe_telemetry_otlp.settings import Settings


class OtlpTelemetry:
    """Spans, metrics and log lines for any backend that takes OTLP. Secrets are revealed when something is sent."""

    def __init__(self, config: OtlpConfig, context: PluginContext) -> None:
        self.config = config
        self.context = context
        self._backends: dict[str, Backend] = {}

    @hookimpl
    def telemetry_span_exporter(self) -> SpanExporter:
        """Sends spans."""
        settings = self._settings("traces")
        from floe_telemetry_otlp.exporters import OtlpSpans

        return OtlpSpans(settings, self._backend(settings))

    @hookimpl
    def telemetry_metric_exporter(self) -> MetricExporter | None:
        """Sends metrics, where they are wanted."""
        if not self.config.metrics:
            return None
        settings = self._settings("metrics")
        from floe_telemetry_otlp.exporters import OtlpMetrics

        return OtlpMetrics(settings, self._backend(settings))

    @hookimpl
    def telemetry_log_exporter(self) -> LogRecordExporter | None:
        """Sends log lines, where they are wanted."""
        if not self.config.logs:
            return None
        settings = self._settings("logs")
        from floe_telemetry_otlp.exporters import OtlpLogs

        return OtlpLogs(settings, self._backend(settings))

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        """Send a request that holds nothing, which a backend answers as any other."""
        from floe_telemetry_otlp.exporters import client_for

        started = time.monotonic()
        try:
            settings = self._settings("traces")
        except WrongSetting as error:
            return Health.fault(FloeError(TELEMETRY_NOT_TAKEN, str(error), fix="correct it, or unset it"))
        client = client_for(settings)
        try:
            client.request(b"", min(settings.timeout, timeout * 0.9))
        except (Refused, WrongSetting) as error:
            problem, _, fix = str(error).rpartition(": ")
            took = time.monotonic() - started
            return Health(ok=False, message=problem, seconds=took, fix=fix, code=TELEMETRY_NOT_TAKEN.id)
        finally:
            client.close()
        took = time.monotonic() - started
        return Health(ok=True, message=f"{settings.url} ({settings.protocol}) takes traces", seconds=took)

    def _backend(self, settings: Settings) -> Backend:
        return self._backends.setdefault(settings.host, Backend())

    def _settings(self, signal: Signal) -> Settings:
        return settings_for(signal, self.config, self.context.platform_root)
