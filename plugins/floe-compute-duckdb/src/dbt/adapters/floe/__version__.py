"""dbt reads the adapter's version here."""

from importlib.metadata import version as _version

version = _version("floe-compute-duckdb")
