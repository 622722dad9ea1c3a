"""The plugin: DuckDB's configuration, the run's own database, and questions to the catalog's tables."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from floe_compute_duckdb.version import check_version
from floe_sdk import Health, PluginConfig, PluginContext, hookimpl

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyiceberg.schema import Schema

    from floe_sdk import ColumnsRequest, QueryRequest, QueryResult, RunSession

DATABASE = "floe"
"""The run's database. Not named after the product: DuckDB can't tell `x.t` where a database and a schema are `x`."""

DBT_THREADS = 4
_DATABASE_FILE = "duckdb.database"
OBJECT_STORAGE = "duckdb.object_storage"
STORE = "duckdb.store"


class DuckDBConfig(PluginConfig):
    """How DuckDB runs on this machine."""

    path: str | None = Field(
        default=None,
        min_length=1,
        description="Where a run leaves its database of views, for people to open; {product_slug}, {product} and "
        "{environment} are expanded, a relative path is taken from the product's folder. Default: floe.duckdb in the "
        "product's state folder.",
    )
    threads: int | None = Field(
        default=None, ge=1, le=1024, description="DuckDB's threads; default: the machine's cores."
    )
    memory_limit: str | None = Field(
        default=None,
        pattern=r"^\d+(\.\d+)?\s*([KMGT]i?B|%)$",
        description="DuckDB's memory, such as 4GB or 80%; default: 80 % of the machine's.",
    )
    object_storage: Literal["auto", "httpfs", "pyarrow"] = Field(
        default="auto",
        description="How tables on S3 are reached: by DuckDB's extension httpfs, or through PyArrow and uploads in "
        "parts. auto: by the extension where it is installed.",
    )


class DuckDBCompute:
    """SQL runs in DuckDB in this process; tables are written once, as Parquet, and committed to the Iceberg catalog."""

    not_supported: ClassVar[Mapping[str, str]] = {
        "unreachable": "DuckDB runs in the process of the run: there is no server that could be away"
    }

    def __init__(self, config: DuckDBConfig, context: PluginContext) -> None:
        check_version()
        self.config = config
        self.context = context

    @hookimpl
    def compute_profile(self, namespace: str) -> Mapping[str, Any]:
        """The target of dbt's adapter `floe`; its path is a name until a run opens it."""
        database = DATABASE if namespace != DATABASE else f"{DATABASE}_run"
        profile: dict[str, Any] = {
            "type": "floe",
            "schema": namespace,
            "database": database,
            "path": f"{database}.duckdb",
            "threads": DBT_THREADS,
        }
        if options := self._options():
            profile["config_options"] = options
        return profile

    @hookimpl
    def compute_open(self, session: RunSession, profile: Mapping[str, Any]) -> Mapping[str, Any]:
        """A new database in the run's private folder: a used one could hold what a killed run left."""
        from floe_compute_duckdb.cache import writing_to
        from floe_compute_duckdb.warming import import_early

        import_early()
        with writing_to(self._path(profile["path"])):
            pass  # better known now than when all is done
        database = session.private_dir / profile["path"]
        session.notes[_DATABASE_FILE] = database
        session.notes[OBJECT_STORAGE] = self.config.object_storage
        return {**profile, "path": str(database), "session": session.id}

    @hookimpl
    def compute_close(self, session: RunSession, built: bool) -> None:
        """Put the run's database, which now holds views, in place for people to open; also after a failed run."""
        from floe_compute_duckdb.cache import close_dbt, put_in_place

        store = session.notes.pop(STORE, None)
        if store is not None:
            store.close()
        database = session.notes.pop(_DATABASE_FILE, None)
        if not built:
            close_dbt()
        elif database is not None:
            put_in_place(session, database, self._path(database.name), self.config.object_storage, store)

    @hookimpl
    def plugin_health(self) -> Health:
        """Open DuckDB with the configured limits and have it compute."""
        import duckdb

        started = time.monotonic()
        try:
            with duckdb.connect(config=self._options()) as connection:
                connection.execute("select sum(i) from range(1000) r(i)").fetchall()
        except duckdb.Error as error:
            return Health(ok=False, message=f"DuckDB does not start: {error}", seconds=time.monotonic() - started)
        return Health(ok=True, message=f"DuckDB {duckdb.__version__} computes", seconds=time.monotonic() - started)

    @hookimpl
    def compute_columns(self, request: ColumnsRequest) -> Mapping[str, Schema]:
        """Ask an empty database of the same shape."""
        from floe_compute_duckdb.describing import describe

        return describe(request, str(self.compute_profile("")["database"]))

    @hookimpl
    def compute_query(self, request: QueryRequest) -> QueryResult:
        """Answer one SELECT; see `floe_compute_duckdb.query` for how everything else is kept out."""
        from floe_compute_duckdb.query import answer

        return answer(request, self._options(), self.config.object_storage)

    def _options(self) -> dict[str, Any]:
        options = {"threads": self.config.threads, "memory_limit": self.config.memory_limit}
        return {key: value for key, value in options.items() if value is not None}

    def _path(self, name: str) -> Path:
        if self.config.path is None:
            return self.context.product_state / name
        return self.context.product_root / self.context.expand(self.config.path)
