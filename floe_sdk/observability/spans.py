"""`create_span`: a span where tracing is on, nothing at all where it is off. Imports no OpenTelemetry by itself."""

from __future__ import annotations

import sys
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from floe_sdk.errors import FloeError
from floe_sdk.observability.attributes import clean
from floe_sdk.observability.redaction import redactor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from types import TracebackType

    from opentelemetry.context import Context
    from opentelemetry.trace import Tracer
    from typing_extensions import Self


class Span(Protocol):
    """What a caller may do with a span; a context manager that ends it, with the error that leaves the block."""

    def set_attribute(self, name: str, value: object) -> None:
        """Add an attribute; a name without a dot is put under `floe.`, None is left out."""

    def fail(self, error: BaseException | str) -> None:
        """Record an error and mark the span as failed."""

    def activate(self) -> Self:
        """Make it the parent of what this thread opens until it ends."""

    def lead(self, **baggage: str) -> Self:
        """Make it the parent of what threads without a span of their own open until it ends; `baggage` goes along."""

    def end(self, at: datetime | None = None) -> None:
        """End it, now or at `at`; a second time does nothing."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class NoSpan:
    """The span where nobody listens."""

    def set_attribute(self, name: str, value: object) -> None:
        """Nothing."""

    def fail(self, error: BaseException | str) -> None:
        """Nothing."""

    def activate(self) -> Self:
        """Nothing."""
        return self

    def lead(self, **baggage: str) -> Self:  # noqa: ARG002 - a span's signature
        """Nothing."""
        return self

    def end(self, at: datetime | None = None) -> None:
        """Nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


class Tracing:
    """The state of this process, which only `TelemetryProvider` changes.

    `off` says that somebody initialised with tracing disabled. `remote` is the context of TRACEPARENT, `root` that of
    the outermost open span, or of the one that leads: the parent of spans on threads that have none of their own.
    `named` are the spans of nodes that are open, by the node's id.
    """

    tracer: Tracer | None = None
    off = False
    remote: Context | None = None
    root: Context | None = None
    named: dict[str, Span] = {}  # noqa: RUF012 - there is one object of this class


NO_SPAN = NoSpan()
STATE = Tracing()


def create_span(name: str, *, parent: Span | None = None, at: datetime | None = None, **attributes: object) -> Span:
    """A span that began now, or at `at`; use it as a context manager, or call `end()`.

    Its parent is `parent`, else this thread's current span, else the outermost open one of the process, else that of
    `TRACEPARENT`. Without `TelemetryProvider.initialize()` the spans go to the application's own provider, or nowhere.
    """
    tracer = current_tracer()
    if tracer is None:
        return NO_SPAN
    return LiveSpan(tracer, name, attributes, parent if isinstance(parent, LiveSpan) else None, at)


def current_tracer() -> Tracer | None:
    """The tracer in use, or None where tracing is off or nothing has loaded OpenTelemetry."""
    if STATE.tracer is not None or STATE.off:
        return STATE.tracer
    api = sys.modules.get("opentelemetry.trace")
    get_tracer = getattr(api, "get_tracer", None)  # absent while another thread is importing it
    return get_tracer("floe_sdk") if get_tracer else None


class LiveSpan:
    """A span of OpenTelemetry; every text in it goes through the redactor."""

    def __init__(
        self, tracer: Tracer, name: str, attributes: Mapping[str, object], parent: LiveSpan | None, at: datetime | None
    ) -> None:
        from opentelemetry import trace

        context: Context | None = parent.context if parent else _parent_context()
        kind = trace.SpanKind.CLIENT if "db.operation.name" in attributes else trace.SpanKind.INTERNAL
        self.span = tracer.start_span(
            name, context, kind, attributes=clean(attributes), start_time=_nanoseconds(at), record_exception=False
        )
        self.context: Context = trace.set_span_in_context(self.span, context)
        self._token: Any = None
        self._led: Context | None = None
        self._ended = False
        if STATE.root is None and STATE.tracer is not None:
            STATE.root = self.context

    def set_attribute(self, name: str, value: object) -> None:
        """Add an attribute; a name without a dot is put under `floe.`, None is left out."""
        self.span.set_attributes(clean({name: value}))

    def fail(self, error: BaseException | str) -> None:
        """Record an error and mark the span as failed."""
        from opentelemetry.trace import Status, StatusCode

        message = redactor.redact(error if isinstance(error, str) else error_text(error))
        if isinstance(error, BaseException):
            known = isinstance(error, FloeError)
            event = {"exception.type": type(error).__qualname__, "exception.message": message}
            if not known:
                frames = traceback.format_tb(error.__traceback__)  # without the message, which may hold input values
                event["exception.stacktrace"] = redactor.redact("".join(frames))
            self.span.add_event("exception", event)
            self.span.set_attribute(
                "error.type", error.code.id if isinstance(error, FloeError) else event["exception.type"]
            )
        self.span.set_status(Status(StatusCode.ERROR, message))

    def activate(self) -> Self:
        """Make it the parent of what this thread opens until it ends."""
        from opentelemetry import context

        self._token = context.get_current()
        context.attach(self.context)
        return self

    def lead(self, **baggage: str) -> Self:
        """Make it the parent of what threads without a span of their own open until it ends; `baggage` goes along."""
        from opentelemetry import baggage as api

        self._led = None if STATE.root is self.context else STATE.root
        for name, value in baggage.items():
            self.context = api.set_baggage(f"floe.{name}", redactor.redact(value), self.context)
        STATE.root = self.context
        return self

    def end(self, at: datetime | None = None) -> None:
        """End it, now or at `at`; a second time does nothing."""
        if self._ended:
            return
        self._ended = True
        if STATE.root is self.context:
            STATE.root = self._led
        self._deactivate()
        self.span.end(_nanoseconds(at))

    def _deactivate(self) -> None:
        """Give this thread its former context back; on another thread than `activate`'s there is nothing to do."""
        from opentelemetry import context, trace

        if self._token is not None and trace.get_current_span() is self.span:
            context.attach(self._token)  # not `detach`: its token is refused in a copied context
        self._token = None

    def __enter__(self) -> Self:
        return self.activate()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and not (isinstance(error, SystemExit) and error.code in (0, None)):
            self.fail(error)
        self.end()


def trace_environment() -> dict[str, str]:
    """`TRACEPARENT`, `TRACESTATE` and `BAGGAGE` for a child process, whose spans join this trace; empty when off."""
    if current_tracer() is None:
        return {}
    from opentelemetry.baggage.propagation import W3CBaggagePropagator
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, str] = {}
    for propagator in (TraceContextTextMapPropagator(), W3CBaggagePropagator()):
        propagator.inject(carrier, current_context())
    return {name.upper(): value for name, value in carrier.items()}


@contextmanager
def within(name: str) -> Iterator[None]:
    """Have what this thread opens belong to the span of that name (a node's id), where one is open."""
    span = STATE.named.get(name)
    if not isinstance(span, LiveSpan):
        yield
        return
    from opentelemetry import context

    before = context.get_current()
    context.attach(span.context)
    try:
        yield
    finally:
        context.attach(before)  # not `detach`: as in LiveSpan


def current_context() -> Context:
    """That of this thread's span, else of the one that leads."""
    from opentelemetry import context

    return _parent_context() or context.get_current()


def error_text(error: BaseException) -> str:
    """An exception's message. pydantic's own text shows input values, which may be secrets: only places and reasons."""
    errors = getattr(error, "errors", None)
    if type(error).__name__ == "ValidationError" and callable(errors):
        return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in errors(include_input=False))
    return str(error) or type(error).__name__


def _parent_context() -> Context | None:
    """None means this thread's current context."""
    from opentelemetry import trace

    if trace.get_current_span().get_span_context().is_valid:
        return None
    return STATE.root or STATE.remote


def _nanoseconds(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp() * 1_000_000) * 1000
