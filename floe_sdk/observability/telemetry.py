"""`TelemetryProvider`: what turns tracing on, from the `observability` section and the `OTEL_*` variables."""

from __future__ import annotations

import atexit
import os
import threading
import time
from typing import TYPE_CHECKING

from floe_sdk.observability.spans import STATE, current_tracer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opentelemetry.context import Context
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.sdk.trace import TracerProvider as SdkProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.sdk.trace.sampling import Sampler

    from floe_sdk.schemas.observability import ObservabilityConfig

DEADLINE = 3.0
"""Seconds that the flush at the end may take, over all exporters."""

_lock = threading.Lock()


class TelemetryProvider:
    """Tracing of this process, made by `initialize()`; `shutdown()` ends it."""

    _current: TelemetryProvider | None = None

    def __init__(self, processors: Sequence[SpanProcessor] = (), reason: str = "") -> None:
        self._processors = processors
        self._down = False
        self.reason = reason
        self.failures: list[str] = []
        """Why some exporters could not be made."""

    @classmethod
    def initialize(
        cls,
        config: ObservabilityConfig,
        *,
        exporters: Iterable[SpanExporter] = (),
        resource_attributes: Mapping[str, str] | None = None,
    ) -> TelemetryProvider:
        """Turn tracing on as the manifest says; every entry point calls it once, later calls return the same object.

        `exporters` are asked for (iterated) only when spans will be exported. `OTEL_SDK_DISABLED`,
        `OTEL_TRACES_EXPORTER=none`, `OTEL_TRACES_SAMPLER`, `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` win over
        `config` and `resource_attributes`. A provider that the application has set is kept and used.
        """
        with _lock:
            if cls._current is None:
                cls._current = cls._start(config, exporters, resource_attributes or {})
            return cls._current

    @classmethod
    def _start(
        cls, config: ObservabilityConfig, exporters: Iterable[SpanExporter], attributes: Mapping[str, str]
    ) -> TelemetryProvider:
        reason = _why_off(config)
        STATE.off = bool(reason)
        if reason:
            return cls(reason=reason)
        from opentelemetry import trace

        STATE.remote = _remote_context()
        existing = trace.get_tracer_provider()
        if not isinstance(existing, trace.ProxyTracerProvider) and existing not in _made:
            STATE.tracer = existing.get_tracer("floe_sdk")
            return cls(reason="the application's own tracer provider is used")
        provider, processors = _make_provider(config, exporters, attributes)
        _made.append(provider)
        if isinstance(existing, trace.ProxyTracerProvider):
            trace.set_tracer_provider(provider)  # so that instrumented libraries join; possible once a process
        STATE.tracer = provider.get_tracer("floe_sdk")
        handle = cls(processors)
        atexit.register(handle.shutdown)
        return handle

    @property
    def recording(self) -> bool:
        """Whether spans reach a real tracer, sampled or not: false where tracing is off or goes to a NoOp tracer."""
        from opentelemetry import trace

        tracer = None if self._down else current_tracer()
        return tracer is not None and not isinstance(tracer, (trace.NoOpTracer, trace.ProxyTracer))

    def shutdown(self, timeout: float = DEADLINE) -> bool:
        """Flush all exporters side by side and stop; returns after `timeout` seconds at the latest, false if too few.

        A second call does nothing. What a dead collector did not take is lost; it never delays the process further.
        """
        with _lock:
            if self._down:
                return True
            self._down = True
            if TelemetryProvider._current is self:
                TelemetryProvider._current = None
                STATE.tracer, STATE.off, STATE.root, STATE.remote = None, False, None, None
        atexit.unregister(self.shutdown)
        threads = [threading.Thread(target=each.shutdown, daemon=True, name="floe-flush") for each in self._processors]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + timeout
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)


_made: list[SdkProvider] = []


def _why_off(config: ObservabilityConfig) -> str:
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return "OTEL_SDK_DISABLED switches tracing off"
    if os.environ.get("OTEL_TRACES_EXPORTER", "").strip().lower() == "none":
        return "OTEL_TRACES_EXPORTER=none switches tracing off"
    return "" if config.tracing.enabled else "tracing is not enabled in the manifest"


def _make_provider(
    config: ObservabilityConfig, exporters: Iterable[SpanExporter], attributes: Mapping[str, str]
) -> tuple[SdkProvider, list[SpanProcessor]]:
    from opentelemetry.sdk.trace import TracerProvider as Provider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    from floe_sdk.observability.exporting import SafeExporter, quieten

    provider = Provider(_sampler(config), _resource(attributes), shutdown_on_exit=False)
    warned = quieten()
    processors: list[SpanProcessor] = [BatchSpanProcessor(SafeExporter(exporter, warned)) for exporter in exporters]
    for processor in processors:
        provider.add_span_processor(processor)
    return provider, processors


def _sampler(config: ObservabilityConfig) -> Sampler | None:
    """None leaves it to the SDK, which reads `OTEL_TRACES_SAMPLER`."""
    if os.environ.get("OTEL_TRACES_SAMPLER"):
        return None
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

    return ParentBased(TraceIdRatioBased(config.tracing.sample_ratio))


def _resource(attributes: Mapping[str, str]) -> Resource:
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource

    # The SDK itself lets attributes from code win over the environment; here the environment wins.
    return Resource.create({}).merge(Resource(dict(attributes))).merge(OTELResourceDetector().detect())


def _remote_context() -> Context | None:
    carrier = {name.lower(): os.environ[name] for name in ("TRACEPARENT", "TRACESTATE") if os.environ.get(name)}
    if not carrier:
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract(carrier)


def resource_attributes(*, product: str, version: str, environment: str, platform: str = "") -> dict[str, str]:
    """What every span says about where it comes from, by OpenTelemetry's semantic conventions."""
    return {
        "service.name": product,
        "service.version": version,
        "deployment.environment.name": environment,
        **({"service.namespace": platform} if platform else {}),
    }
