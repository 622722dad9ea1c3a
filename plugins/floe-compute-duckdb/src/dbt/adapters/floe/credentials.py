"""The profile's target: dbt-duckdb's, and which run it serves."""

from __future__ import annotations

from dataclasses import dataclass

from dbt.adapters.duckdb.credentials import DuckDBCredentials


@dataclass
class FloeCredentials(DuckDBCredentials):
    """`session` is the run's id; empty while a project is only parsed."""

    session: str = ""

    @property
    def type(self) -> str:
        """The adapter's name in profiles."""
        return "floe"

    def _connection_keys(self) -> tuple[str, ...]:
        """What dbt shows of the connection and hashes to decide whether to parse again: nothing that differs by run."""
        return ("database", "schema", "external_root", "disable_transactions")
