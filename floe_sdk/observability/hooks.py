"""A span for each hook call, by pluggy's monitoring point."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from floe_sdk.observability.attributes import database
from floe_sdk.observability.spans import NO_SPAN, STATE, Span, create_span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


_UNSEEN = frozenset({"lineage_emit", "plugin_close"})
"""Calls that would only bury the others: one for each event, and one for each plugin."""


class HookMonitor:
    """The two callbacks of `PluginManager.add_hookcall_monitoring(monitor.before, monitor.after)`.

    One manager, one monitor; calls may nest and come from any thread. Costs next to nothing while tracing is off.
    """

    def __init__(self) -> None:
        self._open = threading.local()

    def before(self, hook_name: str, hook_impls: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        """Open `hook.<name>` with the identities of the plugins that are called."""
        span: Span = NO_SPAN
        if STATE.tracer is not None and hook_impls and hook_name not in _UNSEEN:
            names = sorted(implementation.plugin_name for implementation in hook_impls)
            attributes = _database(hook_name, names, kwargs)
            span = create_span(f"hook.{hook_name}", plugin=", ".join(names), **attributes).activate()
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


def _database(hook_name: str, names: Sequence[str], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """What a call to a catalog or a compute says by the conventions for databases."""
    kind, _, operation = hook_name.partition("_")
    if kind not in ("catalog", "compute"):
        return {}
    system = "iceberg" if kind == "catalog" else next((name.partition("/")[2] for name in names), None)
    namespace = kwargs.get("namespace")
    return database(system, namespace if isinstance(namespace, str) else None, None, operation)
