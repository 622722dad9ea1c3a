"""A span for each hook call, by pluggy's monitoring point."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from floe_sdk.observability.spans import NO_SPAN, STATE, Span, create_span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class HookMonitor:
    """The two callbacks of `PluginManager.add_hookcall_monitoring(monitor.before, monitor.after)`.

    One manager, one monitor; calls may nest and come from any thread. Costs next to nothing while tracing is off.
    """

    def __init__(self) -> None:
        self._open = threading.local()

    def before(self, hook_name: str, hook_impls: Sequence[Any], kwargs: Mapping[str, Any]) -> None:  # noqa: ARG002 - pluggy's signature
        """Open `hook.<name>` with the identities of the plugins that are called."""
        span: Span = NO_SPAN
        if STATE.tracer is not None:
            names = sorted(implementation.plugin_name for implementation in hook_impls)
            span = create_span(f"hook.{hook_name}", plugin=", ".join(names)).activate()
        self._spans().append(span)

    def after(self, outcome: Any, hook_name: str, hook_impls: Sequence[Any], kwargs: Mapping[str, Any]) -> None:  # noqa: ARG002 - as above
        """Close it, with the error that the hook raised."""
        span = self._spans().pop()
        if span is not NO_SPAN and outcome.exception is not None:
            span.fail(outcome.exception)
        span.end()

    def _spans(self) -> list[Span]:
        if not hasattr(self._open, "spans"):
            self._open.spans = []
        spans: list[Span] = self._open.spans
        return spans
