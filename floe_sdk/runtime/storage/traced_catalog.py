"""Calls to a catalog as spans, whoever makes them: floe, or a table that PyIceberg has loaded from it."""

from __future__ import annotations

import threading
from functools import wraps
from typing import TYPE_CHECKING, Any

from floe_sdk.observability import create_span, metrics
from floe_sdk.observability.attributes import database
from floe_sdk.observability.spans import STATE

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyiceberg.catalog import Catalog

_CALLS = (
    "commit_table",
    "create_namespace",
    "create_table",
    "create_table_transaction",
    "drop_table",
    "list_tables",
    "load_table",
    "namespace_exists",
)
_ANSWERS = ("NoSuchTableError", "NoSuchNamespaceError", "NamespaceAlreadyExistsError")
"""That something is not there, or there already, is what a caller asked, and no error."""
_calls = threading.local()
"""Of this thread: whether one is under way, and the table whose commit was refused just before."""


def traced(catalog: Catalog) -> Catalog:
    """The catalog, each of whose calls is a span from now on where tracing is on."""
    is_on = STATE.tracer is not None or metrics.STATE.meter is not None
    if is_on and "commit_table" not in vars(catalog):
        for name in _CALLS:
            setattr(catalog, name, _traced(name, getattr(catalog, name)))
    return catalog


def _traced(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(call)
    def traced_call(*args: Any, **kwargs: Any) -> Any:
        if getattr(_calls, "inside", False):  # a part of the call that makes it: SqlCatalog loads what it commits to
            return call(*args, **kwargs)
        namespace, table = _named(name, args[0] if args else next(iter(kwargs.values()), None))
        if name == "commit_table":
            _count_retry(table)
        span = create_span(f"catalog.{name}", **database("iceberg", namespace, table, name)).activate()
        _calls.inside = True
        try:
            return call(*args, **kwargs)
        except Exception as error:
            kind = type(error).__name__
            if kind in _ANSWERS:
                span.set_attribute("db.response.status_code", kind)
            else:
                span.fail(error)
            if name == "commit_table" and kind == "CommitFailedException":
                _calls.refused = table
            raise
        finally:
            _calls.inside = False
            span.end()

    return traced_call


def _named(name: str, what: Any) -> tuple[str | None, str | None]:
    """Namespace and table of a call's first argument: a table, or an identifier of either."""
    identifier = what.name() if hasattr(what, "name") and callable(what.name) else what
    parts = tuple(identifier.split(".")) if isinstance(identifier, str) else tuple(identifier or ())
    if name in ("create_namespace", "list_tables", "namespace_exists"):
        return ".".join(map(str, parts)) or None, None
    return ".".join(map(str, parts[:-1])) or None, str(parts[-1]) if parts else None


def _count_retry(table: str | None) -> None:
    """A commit of the table whose commit was refused on this thread just before is another attempt."""
    if getattr(_calls, "refused", None) == table and table is not None:
        metrics.count(metrics.COMMIT_RETRIES, 1, table=table)
    _calls.refused = None
