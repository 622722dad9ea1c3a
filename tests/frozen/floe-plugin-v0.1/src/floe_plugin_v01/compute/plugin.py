"""Compute `v01`: SQL over the catalog's tables, in this process."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from floe_sdk import Health, PluginConfig, hookimpl
from pydantic import Field

if TYPE_CHECKING:
    from floe_sdk import ColumnsRequest, QueryRequest, QueryResult
    from pyiceberg.schema import Schema


class V01ComputeConfig(PluginConfig):
    """What stands under `config:` in manifest.yaml."""

    threads: int = Field(default=4, ge=1, le=256, description="How many threads a query uses.")


class V01Compute:
    """SQL over the catalog's tables, in DuckDB and in memory."""

    def __init__(self, config: V01ComputeConfig) -> None:
        self.config = config

    @hookimpl
    def compute_profile(self, namespace: str) -> Mapping[str, Any]:
        """The target of a profile: no paths of this machine, secrets as references."""
        return {"type": "duckdb", "schema": namespace, "threads": self.config.threads}

    @hookimpl
    def compute_query(self, request: QueryRequest) -> QueryResult:
        """Answer one SELECT; whatever else is asked is refused."""
        # The engine is imported when it is asked, and not before.
        from floe_plugin_v01.compute.query import answer

        return answer(request, self._settings())

    @hookimpl
    def compute_columns(self, request: ColumnsRequest) -> Mapping[str, Schema]:
        """The columns that queries will have, which `floe plan` asks for."""
        from floe_plugin_v01.compute.columns import describe

        return describe(request, self._settings())

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        """Have the engine compute."""
        import duckdb

        started = time.monotonic()
        try:
            with duckdb.connect(config=self._settings()) as connection:
                connection.execute("select sum(i) from range(1000) r(i)").fetchall()
        except duckdb.Error as error:
            return Health(ok=False, message=f"the engine does not start: {error}", seconds=time.monotonic() - started)
        return Health(ok=True, message=f"DuckDB {duckdb.__version__} computes", seconds=time.monotonic() - started)

    def _settings(self) -> dict[str, Any]:
        return {"threads": self.config.threads}
