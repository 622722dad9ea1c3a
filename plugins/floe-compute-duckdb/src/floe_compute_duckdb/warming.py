"""Imports that a run needs later, begun while dbt parses the project."""

from __future__ import annotations

import importlib
import threading

_LATER = ("pyiceberg.catalog.sql", "pyiceberg.io.pyarrow", "pyiceberg.table.update.schema", "pyarrow.parquet")


def import_early() -> None:
    """Import on a thread; whoever needs a module before it is there waits for Python's own import lock."""
    threading.Thread(target=_import, name="floe-imports", daemon=True).start()


def _import() -> None:
    for name in _LATER:
        try:
            importlib.import_module(name)
        except (ImportError, OSError):  # who needs it says so
            return
