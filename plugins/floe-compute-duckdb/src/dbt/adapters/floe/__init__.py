"""The dbt adapter `floe`: dbt-duckdb's, whose tables are published to the Iceberg catalog of the run in progress."""

from dbt.adapters.base import AdapterPlugin
from dbt.adapters.floe.credentials import FloeCredentials
from dbt.adapters.floe.impl import FloeAdapter
from dbt.include import floe

from floe_compute_duckdb.target import show_duckdb_as_target_type

show_duckdb_as_target_type()

Plugin = AdapterPlugin(
    adapter=FloeAdapter,  # type: ignore[arg-type]  # the protocol wants a class-level `type` attribute
    credentials=FloeCredentials,
    include_path=floe.PACKAGE_PATH,
    dependencies=["duckdb"],
)
