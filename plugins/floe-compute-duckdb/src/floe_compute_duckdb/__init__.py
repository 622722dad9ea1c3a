"""DuckDB as the compute of floe."""

from floe_compute_duckdb.plugin import DuckDBCompute, DuckDBConfig

__all__ = ["DuckDBCompute", "DuckDBConfig"]
