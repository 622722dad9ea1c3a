"""`TelemetryProvider`: what turns telemetry on, from the `observability` section and the `OTEL_*` variables."""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from typing import TYPE_CHECKING

from floe_sdk.observability import metrics
from floe_sdk.observability.spans import STATE, current_tracer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opentelemetry.context import Context
    from opentelemetry.sdk.trace.export import SpanExporter

    from floe_sdk.observability.setup import Signals
    from floe_sdk.observability.sinks import Exporters, SinkState
    from floe_sdk.schemas.observability import ObservabilityConfig

DEADLINE = 3.0
"""Seconds that all flushes of a provider may take together, over all sinks."""
_LAST_WORD = 0.2
"""Seconds for what came after a flush that took them all."""

_lock = threading.Lock()
_log = logging.getLogger("floe_sdk.telemetry")


class TelemetryProvider:
    """Telemetry of this process, made by `initialize()`; `shutdown()` ends it."""

    _current: TelemetryProvider | None = None

    def __init__(self, signals: Signals | None = None, reason: str = "", deadline: float = DEADLINE) -> None:
        self._signals = signals
        self._sinks = signals.sinks if signals else ()
        self._left = deadline
        self._down = False
        self.reason = reason
        self.failures: list[str] = []
        """Why some exporters could not be made."""

    @classmethod
    def initialize(
        cls,
        config: ObservabilityConfig,
        *,
        exporters: Iterable[SpanExporter | Exporters] = (),
        resource_attributes: Mapping[str, str] | None = None,
    ) -> TelemetryProvider:
        """Turn telemetry on as the manifest says; every entry point calls it once, later calls return the same object.

        `exporters` are asked for (iterated) only when something will be exported. `OTEL_SDK_DISABLED`,
        `OTEL_TRACES_EXPORTER=none` (and the same of METRICS and LOGS), `OTEL_TRACES_SAMPLER`,
        `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` win over `config` and `resource_attributes`. Providers that
        the application has set are kept and used.
        """
        with _lock:
            if cls._current is None:
                cls._current = cls._start(config, exporters, resource_attributes or {})
            return cls._current

    @classmethod
    def current(cls) -> TelemetryProvider | None:
        """What `initialize()` made and nobody has shut down."""
        return cls._current

    @classmethod
    def _start(
        cls,
        config: ObservabilityConfig,
        exporters: Iterable[SpanExporter | Exporters],
        attributes: Mapping[str, str],
    ) -> TelemetryProvider:
        reason = _why_off(config)
        STATE.off = bool(reason)
        if reason:
            return cls(reason=reason)
        from floe_sdk.observability.setup import start_signals

        STATE.remote = _remote_context()
        signals = start_signals(config, exporters, attributes)
        STATE.off = signals.tracer is None
        STATE.tracer = signals.tracer
        handle = cls(signals, signals.reason, config.flush_timeout)
        atexit.register(handle.shutdown)
        return handle

    @property
    def recording(self) -> bool:
        """Whether spans reach a real tracer, sampled or not: false where tracing is off or goes to a NoOp tracer."""
        from opentelemetry import trace

        tracer = None if self._down else current_tracer()
        return tracer is not None and not isinstance(tracer, (trace.NoOpTracer, trace.ProxyTracer))

    def flush(self, timeout: float = DEADLINE) -> bool:
        """Send what there is, all sinks side by side; false where `timeout` seconds were too few."""
        began = time.monotonic()
        deadline = began + min(timeout, max(self._left, _LAST_WORD))
        done = [sink.flush(deadline) for sink in self._sinks]
        self._left -= time.monotonic() - began
        return all(done)

    def close(self, timeout: float = DEADLINE) -> list[str]:
        """Flush and stop, within `timeout` seconds; a line for each sink that did not take everything.

        All flushes together take no longer than the manifest's `flush_timeout`. A second call does nothing.
        """
        with _lock:
            if self._down:
                return []
            self._down = True
            current = TelemetryProvider._current is self
            if current:
                TelemetryProvider._current = None
        atexit.unregister(self.shutdown)
        if self._signals is not None:
            self._signals.detach()
        self.flush(timeout)
        states = {sink.name: sink.close() for sink in self._sinks}
        if current:
            metrics.stop()
            STATE.tracer, STATE.off, STATE.root, STATE.remote = None, False, None, None
            STATE.named.clear()
        return [line for name, state in states.items() if (line := loss(name, state))]

    def shutdown(self, timeout: float = DEADLINE) -> bool:
        """As `close`, and log what was lost; false where something was."""
        lines = self.close(timeout)
        for line in lines:
            _log.warning("%s", line)
        return not lines


def loss(name: str, state: SinkState) -> str:
    """What a sink did not take, in one line; empty where it took everything."""
    counts = {
        signal: (each.lost + state.waiting.get(signal, 0), each.delivered + each.lost + state.waiting.get(signal, 0))
        for signal, each in state.counts.items()
    }
    parts = [f"{lost} of {total} {signal}" for signal, (lost, total) in counts.items() if lost]
    if not parts:
        return ""
    dropped = any(each.dropped for each in state.counts.values())
    late = "it did not answer in time; `floe health` asks it again"
    why = state.error or ("its queue was full" if dropped else late)
    return f"{name} did not take {' and '.join(parts)}, which are lost: {why}"


def _why_off(config: ObservabilityConfig) -> str:
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return "OTEL_SDK_DISABLED switches telemetry off"
    return "" if config.tracing.enabled else "tracing is not enabled in the manifest"


def _remote_context() -> Context | None:
    names = ("TRACEPARENT", "TRACESTATE", "BAGGAGE")
    carrier = {name.lower(): os.environ[name] for name in names if os.environ.get(name)}
    if not carrier:
        return None
    from opentelemetry.baggage.propagation import W3CBaggagePropagator
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return W3CBaggagePropagator().extract(carrier, TraceContextTextMapPropagator().extract(carrier))


def resource_attributes(*, product: str, version: str, environment: str, platform: str = "") -> dict[str, str]:
    """What every span says about where it comes from, by OpenTelemetry's semantic conventions."""
    return {
        "service.name": product,
        "service.version": version,
        "deployment.environment.name": environment,
        **({"service.namespace": platform} if platform else {}),
    }
