"""Names and values as they stand in DuckDB's SQL."""

from __future__ import annotations


def quote(name: str) -> str:
    """An identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string."""
    return "'" + text.replace("'", "''") + "'"


def local_path(uri: str) -> str:
    """A data file as DuckDB names it: a path for `file://`, the URI for anything else."""
    return uri.removeprefix("file:").removeprefix("//")
