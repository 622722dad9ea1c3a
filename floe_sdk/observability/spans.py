"""`create_span`: a span where tracing is on, nothing at all where it is off. Imports no OpenTelemetry by itself."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

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

    def set_attributes(self, attributes: Mapping[str, object]) -> None:
        """Add several at once."""

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

    def set_attributes(self, attributes: Mapping[str, object]) -> None:
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
    from floe_sdk.observability.live_spans import LiveSpan

    return LiveSpan(tracer, name, attributes, parent, at)


def current_tracer() -> Tracer | None:
    """The tracer in use, or None where tracing is off or nothing has loaded OpenTelemetry."""
    if STATE.tracer is not None or STATE.off:
        return STATE.tracer
    api = sys.modules.get("opentelemetry.trace")
    get_tracer = getattr(api, "get_tracer", None)  # absent while another thread is importing it
    return get_tracer("floe_sdk") if get_tracer else None


@contextmanager
def within(name: str) -> Iterator[None]:
    """Have what this thread opens belong to the span of that name (a node's id), where one is open."""
    span = STATE.named.get(name)
    if span is None or span is NO_SPAN:
        yield
        return
    from floe_sdk.observability.live_spans import attached

    with attached(span):
        yield


def current_context() -> Context:
    """That of this thread's span, else of the one that leads."""
    from floe_sdk.observability.live_spans import parent_context

    return parent_context()


def error_text(error: BaseException) -> str:
    """An exception's message. pydantic's own text shows input values, which may be secrets: only places and reasons."""
    errors = getattr(error, "errors", None)
    if type(error).__name__ == "ValidationError" and callable(errors):
        return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in errors(include_input=False))
    return str(error) or type(error).__name__
