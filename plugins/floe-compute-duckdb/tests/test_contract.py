"""DuckDB holds what every compute holds."""

from floe_sdk.testing import ComputeContract


class TestDuckDB(ComputeContract):
    plugin = "duckdb"
