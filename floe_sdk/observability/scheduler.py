"""The span of a scheduler that started this process and exports none itself: its run is the root of the trace."""

from __future__ import annotations

import json
import logging
import os
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from floe_sdk.observability.spans import NO_SPAN, create_span

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.id_generator import IdGenerator

    from floe_sdk.observability.spans import Span

VARIABLE = "FLOE_SCHEDULER_SPAN"
_log = logging.getLogger("floe_sdk.telemetry")


@dataclass(frozen=True)
class SchedulerSpan:
    """What `FLOE_SCHEDULER_SPAN` says as JSON: `name`, and as it likes `start` (ISO 8601 with its zone), `trace_id` (32
    hexadecimal digits; of no effect below a `TRACEPARENT`) and `attributes`."""

    name: str
    start: datetime | None = None
    trace_id: int | None = None
    attributes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls) -> SchedulerSpan | None:
        """That of this process's environment; one that can't be read is said and left out."""
        text = os.environ.get(VARIABLE)
        if not text:
            return None
        try:
            return cls._parsed(json.loads(text))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            _log.warning("%s can't be read: %s: %s", VARIABLE, type(error).__name__, error)
            return None

    @classmethod
    def _parsed(cls, said: dict[str, object]) -> SchedulerSpan:
        start = said.get("start")
        trace_id = said.get("trace_id")
        attributes = said.get("attributes") or {}
        if trace_id and not re.fullmatch(r"(?!0{32})[0-9a-f]{32}", str(trace_id)):
            message = "trace_id is not 32 hexadecimal digits"
            raise ValueError(message)
        return cls(
            str(said["name"]),
            datetime.fromisoformat(str(start).replace("Z", "+00:00")) if start else None,
            int(str(trace_id), 16) if trace_id else None,
            {str(name): str(value) for name, value in dict(attributes).items()},  # type: ignore[call-overload]
        )


def scheduler_span() -> Span:
    """The open span of the scheduler, to be given as the parent of what it started; nobody's where there is none."""
    said = SchedulerSpan.read()
    if said is None:
        return NO_SPAN
    span = create_span(said.name, at=said.start)
    span.set_attributes(said.attributes)
    return span


def id_generator() -> IdGenerator | None:
    """Ids for spans: a trace that begins here has the id that the scheduler asks for. None is the SDK's own choice."""
    said = SchedulerSpan.read()
    if said is None or said.trace_id is None:
        return None
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

    trace_id: int = said.trace_id

    class Ids(RandomIdGenerator):
        """Random spans in one given trace."""

        def generate_trace_id(self) -> int:
            return trace_id

    return Ids()
