"""Which DuckDB is accepted."""

from __future__ import annotations

from importlib.metadata import version

from packaging.version import Version

from floe_sdk import COMPUTE_VERSION, FloeError

OLDEST, TOO_NEW = Version("1.5"), Version("2")


def check_version(installed: str | None = None) -> None:
    """Raise FloeError for a DuckDB that loses rows or was never tried; reads metadata, imports nothing."""
    found = Version(installed or version("duckdb"))
    if found >= TOO_NEW:
        reason = "2.0.0 loses rows in silence: a table made and filled in one transaction reads as empty"
    elif found < OLDEST:
        reason = "the adapter is made for 1.5 and newer"
    else:
        return
    raise FloeError(COMPUTE_VERSION, f"DuckDB {found} is installed; {reason}", fix=COMPUTE_VERSION.remedy)
