"""Spans of OpenTelemetry; imported when the first one is opened, which is where its API is loaded."""

from __future__ import annotations

import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from opentelemetry import baggage, context, trace

from floe_sdk.errors import FloeError
from floe_sdk.observability.attributes import clean
from floe_sdk.observability.redaction import redactor
from floe_sdk.observability.spans import STATE, error_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from types import TracebackType

    from opentelemetry.context import Context
    from opentelemetry.trace import Tracer
    from typing_extensions import Self

    from floe_sdk.observability.spans import Span


class LiveSpan:
    """A span of OpenTelemetry; every text in it goes through the redactor."""

    def __init__(
        self, tracer: Tracer, name: str, attributes: Mapping[str, object], parent: Span | None, at: datetime | None
    ) -> None:
        above = parent.context if isinstance(parent, LiveSpan) else parent_context()
        kind = trace.SpanKind.CLIENT if "db.operation.name" in attributes else trace.SpanKind.INTERNAL
        self.span = tracer.start_span(
            name, above, kind, attributes=clean(attributes), start_time=_nanoseconds(at), record_exception=False
        )
        self.context: Context = trace.set_span_in_context(self.span, above)
        self._token: Any = None
        self._led: Context | None = None
        self._ended = False
        if STATE.root is None and STATE.tracer is not None:
            STATE.root = self.context

    def set_attribute(self, name: str, value: object) -> None:
        """Add an attribute; a name without a dot is put under `floe.`, None is left out."""
        self.span.set_attributes(clean({name: value}))

    def set_attributes(self, attributes: Mapping[str, object]) -> None:
        """Add several at once."""
        self.span.set_attributes(clean(attributes))

    def fail(self, error: BaseException | str) -> None:
        """Record an error and mark the span as failed."""
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
        self.span.set_status(trace.Status(trace.StatusCode.ERROR, message))

    def activate(self) -> Self:
        """Make it the parent of what this thread opens until it ends."""
        self._token = context.get_current()
        context.attach(self.context)
        return self

    def lead(self, **carried: str) -> Self:
        """Make it the parent of what threads without a span of their own open until it ends; `carried` goes along."""
        self._led = None if STATE.root is self.context else STATE.root
        for name, value in carried.items():
            self.context = baggage.set_baggage(f"floe.{name}", redactor.redact(value), self.context)
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


@contextmanager
def attached(span: Span) -> Iterator[None]:
    """Have what this thread opens belong to the span."""
    if not isinstance(span, LiveSpan):
        yield
        return
    before = context.get_current()
    context.attach(span.context)
    try:
        yield
    finally:
        context.attach(before)  # not `detach`: as in LiveSpan


def parent_context() -> Context:
    """That of this thread's span, else of the one that leads, or that came with this process."""
    current = context.get_current()
    if trace.get_current_span(current).get_span_context().is_valid:
        return current
    return STATE.root or STATE.remote or current


def _nanoseconds(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp() * 1_000_000) * 1000
