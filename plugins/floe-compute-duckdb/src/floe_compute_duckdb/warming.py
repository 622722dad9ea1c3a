"""Imports that a run needs later, begun while dbt parses the project."""

from __future__ import annotations

import importlib
import threading

_LATER = (
    "pyiceberg.catalog.sql",
    "pyiceberg.io.pyarrow",
    "pyiceberg.table.update.schema",
    "pyarrow.parquet",
    "rich.table",  # with which PyIceberg compares the columns of a file and of its table
)


def import_early() -> None:
    """Import on a thread; whoever needs a module before it is there waits for Python's own import lock."""
    threading.Thread(target=import_now, name="floe-imports", daemon=True).start()


def import_now() -> None:
    """Import what a run needs later; what is not installed is left to who needs it."""
    for name in _LATER:
        try:
            importlib.import_module(name)
        except (ImportError, OSError):
            return
