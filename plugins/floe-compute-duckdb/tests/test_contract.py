"""DuckDB holds what every compute holds."""

from floe_sdk.testing import ComputeContract


class TestDuckDB(ComputeContract):
    plugin = "duckdb"
    not_supported = {"unreachable": "DuckDB runs in the process of the run: there is no server that could be away"}
