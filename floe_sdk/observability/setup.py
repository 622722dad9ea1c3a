"""The providers of OpenTelemetry's SDK, over the sinks of the telemetry plugins; imported when telemetry is on."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from opentelemetry import metrics as metrics_api
from opentelemetry import trace
from opentelemetry.sdk.resources import OTELResourceDetector, Resource  # noqa: TID253 - imported only when it is on
from opentelemetry.sdk.trace import TracerProvider  # noqa: TID253 - as above
from opentelemetry.sdk.trace.sampling import ParentBased, Sampler, TraceIdRatioBased  # noqa: TID253 - as above

from floe_sdk.observability import metrics
from floe_sdk.observability.delivery import queues
from floe_sdk.observability.exporting import LogQueue, SinkReader, SpanQueue, quieten, sink_for
from floe_sdk.observability.logs import EXPORTING
from floe_sdk.observability.redaction import redactor
from floe_sdk.observability.scheduler import id_generator
from floe_sdk.observability.sinks import Exporters, Limits, Sink

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opentelemetry.sdk.trace.export import SpanExporter

    from floe_sdk.schemas.observability import ObservabilityConfig

SCOPE = "floe_sdk"
_made: list[object] = []
"""Providers of ours that OpenTelemetry's API holds, which keeps the first one for the life of the process."""


@dataclass
class Signals:
    """What is on. `tracer` is None where no spans are made."""

    tracer: trace.Tracer | None = None
    sinks: Sequence[Sink] = ()
    reason: str = ""
    handlers: list[logging.Handler] = field(default_factory=list)

    def detach(self) -> None:
        """Export no log lines any more."""
        EXPORTING.provider = None
        for handler in self.handlers:
            logging.getLogger().removeHandler(handler)


def start_signals(
    config: ObservabilityConfig, exporters: Iterable[SpanExporter | Exporters], attributes: Mapping[str, str]
) -> Signals:
    """Turn on spans, metrics and logs, each as far as a plugin exports it and no variable switches it off."""
    existing = trace.get_tracer_provider()
    if not isinstance(existing, trace.ProxyTracerProvider) and existing not in _made:
        return _of_the_application(existing)
    quieten()
    wanted = [_wanted(each) for each in exporters]
    limits = Limits.from_environment()
    pairs = [(each, sink_for(each, limits)) for each in wanted]
    sinks = [sink for _, sink in pairs]
    resource = _resource(attributes)
    signals = Signals(sinks=sinks)
    if _is_on("TRACES"):
        signals.tracer = _tracer(config, resource, [sink for each, sink in pairs if each.spans is not None])
    _start_metrics(resource, [pair for pair in pairs if pair[0].metrics is not None], sinks)
    if log_sinks := [sink for each, sink in pairs if each.logs is not None]:
        signals.handlers.append(_log_handler(config, resource, log_sinks))
    return signals


def _of_the_application(provider: trace.TracerProvider) -> Signals:
    reason = "the application's own tracer provider is used"
    meters = metrics_api.get_meter_provider()
    if type(meters).__module__ != "opentelemetry.metrics._internal":
        metrics.start(meters.get_meter(SCOPE), lambda: queues("depth"), lambda: queues("dropped"))
    return Signals(provider.get_tracer(SCOPE), reason=reason)


def _is_on(signal: str) -> bool:
    return os.environ.get(f"OTEL_{signal}_EXPORTER", "").strip().lower() != "none"


def _wanted(given: SpanExporter | Exporters) -> Exporters:
    """Without the signals that a variable switches off."""
    exporters = given if isinstance(given, Exporters) else Exporters(type(given).__name__, spans=given)
    return replace(
        exporters,
        spans=exporters.spans if _is_on("TRACES") else None,
        metrics=exporters.metrics if _is_on("METRICS") else None,
        logs=exporters.logs if _is_on("LOGS") else None,
    )


def _tracer(config: ObservabilityConfig, resource: Resource, sinks: Sequence[Sink]) -> trace.Tracer:
    provider = TracerProvider(_sampler(config), resource, shutdown_on_exit=False, id_generator=id_generator())
    for sink in sinks:
        provider.add_span_processor(SpanQueue(sink))
    _made.append(provider)
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        trace.set_tracer_provider(provider)  # so that instrumented libraries join; possible once a process
    return provider.get_tracer(SCOPE)


def _start_metrics(resource: Resource, pairs: Sequence[tuple[Exporters, Sink]], sinks: Sequence[Sink]) -> None:
    from opentelemetry.sdk.metrics import MeterProvider

    if not pairs:
        return
    readers = []
    for exporters, sink in pairs:
        if exporters.metrics is not None:
            reader = SinkReader(exporters.metrics)
            sink.collect = reader.collected
            readers.append(reader)
    provider = MeterProvider(readers, resource, shutdown_on_exit=False)
    metrics.start(
        provider.get_meter(SCOPE),
        lambda: {**queues("depth"), **{sink.name: sink.depth for sink in sinks}},
        lambda: {**queues("dropped"), **{sink.name: sink.dropped for sink in sinks}},
    )


def _log_handler(config: ObservabilityConfig, resource: Resource, sinks: Sequence[Sink]) -> logging.Handler:
    from opentelemetry.sdk._logs import LoggerProvider

    from floe_sdk.observability.log_export import ExportHandler

    provider = LoggerProvider(resource, shutdown_on_exit=False)
    for sink in sinks:
        provider.add_log_record_processor(LogQueue(sink))
    level = logging.getLevelName(config.logging.level)
    EXPORTING.provider, EXPORTING.level = provider, level
    handler = ExportHandler(provider, level)
    root = logging.getLogger()
    root.addHandler(handler)
    return handler


def _sampler(config: ObservabilityConfig) -> Sampler | None:
    """None leaves it to the SDK, which reads `OTEL_TRACES_SAMPLER`."""
    if os.environ.get("OTEL_TRACES_SAMPLER"):
        return None
    return ParentBased(TraceIdRatioBased(config.tracing.sample_ratio))


def _resource(attributes: Mapping[str, str]) -> Resource:
    # The SDK itself lets attributes from code win over the environment; here the environment wins.
    made = Resource.create({}).merge(Resource(dict(attributes))).merge(OTELResourceDetector().detect())
    return Resource(redactor.redact_mapping(dict(made.attributes)), made.schema_url)
