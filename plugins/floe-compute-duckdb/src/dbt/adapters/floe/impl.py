"""The adapter: dbt-duckdb's SQL and materializations, then publishing. What it does is in `floe_compute_duckdb`."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from dbt.adapters.base.meta import available
from dbt.adapters.capability import Capability, CapabilityDict, CapabilitySupport, Support
from dbt.adapters.contracts.connection import AdapterResponse
from dbt.adapters.contracts.relation import RelationType
from dbt.adapters.duckdb.impl import DuckDBAdapter
from dbt_common.exceptions import DbtRuntimeError

import floe_sdk
from floe_compute_duckdb.cancelling import cancel_until_ended
from floe_compute_duckdb.descriptions import column_comments, with_comment
from floe_compute_duckdb.explaining import storage_problem
from floe_compute_duckdb.object_store import ObjectStore
from floe_compute_duckdb.plugin import OBJECT_STORAGE, STORE
from floe_compute_duckdb.preparing import Inputs, relation_type
from floe_compute_duckdb.renaming import as_renamed
from floe_compute_duckdb.staging import Staging, fill, key_condition, touched_files
from floe_compute_duckdb.writing import publish
from floe_sdk import LAYOUT, FloeError, parse_layout

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from floe_sdk import Publication, RunSession, TableLayout, TableVersion

_NODES_WITH_INPUTS = ("model", "seed", "snapshot", "test", "unit_test", "operation", "analysis", "source")


@dataclass
class FloeResponse(AdapterResponse):
    """What a node's result carries; the id as text, since dbt's events turn numbers into floats."""

    snapshot_id: str = ""


class FloeAdapter(DuckDBAdapter):
    """dbt-duckdb's adapter over a run of floe. Methods that macros call begin with `floe_`.

    Parsing needs no run; anything that touches a relation does.
    """

    # Without MicrobatchConcurrency: batches share the name of the staging table.
    _capabilities = CapabilityDict({Capability.SchemaMetadataByRelations: CapabilitySupport(support=Support.Full)})

    def __init__(self, config: Any, mp_context: Any) -> None:
        super().__init__(config, mp_context)
        self._thread = threading.local()
        self._lock = threading.RLock()
        self._made_inputs: Inputs | None = None

    @classmethod
    def type(cls) -> str:
        """The adapter's name: macros dispatch to `floe__`, then to `duckdb__`."""
        return "floe"

    def cancel_open_connections(self) -> Any:
        """As dbt's, and until the threads that use them have ended."""
        names = super().cancel_open_connections()  # type: ignore[no-untyped-call]  # dbt's
        cancel_until_ended(self.connections)
        return names

    # The run

    @property
    def _session(self) -> RunSession:
        try:
            return floe_sdk.session(self.config.credentials.session)
        except FloeError as error:
            raise DbtRuntimeError(error.render()) from error

    @property
    def _inputs(self) -> Inputs:
        with self._lock:
            if self._made_inputs is None:
                database = self.config.credentials.database
                self._made_inputs = Inputs(self._session, database, self.config, self._store)
            return self._made_inputs

    @property
    def _store(self) -> ObjectStore:
        """The object storage of this run's database."""
        session = self._session
        with self._lock:
            if STORE not in session.notes:
                way, folder = session.notes[OBJECT_STORAGE], session.private_dir
                session.notes[STORE] = ObjectStore(self._duckdb, way, session.storage, folder)
            return cast("ObjectStore", session.notes[STORE])

    def _duckdb(self) -> Any:
        """DuckDB's own connection of this thread: what runs on it is not logged."""
        return self.connections.get_thread_connection().handle.cursor()._cursor  # noqa: SLF001 - dbt-duckdb wraps it

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Errors of floe as dbt's own, which it shows without a traceback; what was begun is rolled back."""
        try:
            yield
        except FloeError as error:
            self.connections.rollback_if_open()
            raise DbtRuntimeError(error.render()) from error
        except StopIteration as error:  # Jinja would take it for a quiet end
            raise DbtRuntimeError(f"publishing stopped: {error!r}") from error

    def _sql(self, sql: str) -> Any:
        """Run SQL on this thread's connection, in dbt's transaction."""
        connection = self.connections.get_thread_connection()
        if not connection.transaction_open:
            self.connections.begin()  # type: ignore[no-untyped-call]  # dbt's
        return self._sql_now(sql)

    def _sql_now(self, sql: str) -> Any:
        """Run SQL on this thread's connection as it is: outside a transaction it commits by itself."""
        connection = self.connections.get_thread_connection()
        with self.connections.exception_handler(sql):
            return connection.handle.cursor().execute(sql)

    # dbt's own hooks

    def execute(
        self, sql: str, auto_begin: bool = False, fetch: bool = False, limit: int | None = None
    ) -> tuple[AdapterResponse, Any]:
        """Dbt's own; what is the storage's fault is told as such."""
        with self._errors():
            try:
                done: tuple[AdapterResponse, Any] = super().execute(sql, auto_begin, fetch, limit)
                return done
            except DbtRuntimeError as error:
                if problem := storage_problem(error):
                    raise problem from error
                raise

    def list_relations_without_caching(self, schema_relation: Any) -> list[Any]:
        """DuckDB's relations and the catalog's tables: the catalog is the only state, so `is_incremental()` asks it."""
        relations = super().list_relations_without_caching(schema_relation)
        with self._errors():
            names = self._session.publisher.tables(schema_relation.schema)
        where = {"database": schema_relation.database, "schema": schema_relation.schema}
        tables = [self.Relation.create(**where, identifier=name, type=RelationType.Table) for name in names]
        return [each for each in relations if each.identifier not in set(names)] + tables

    @contextmanager
    def connection_named(
        self, name: str, query_header_context: Any = None, should_release_connection: bool = True
    ) -> Iterator[None]:
        """Dbt opens a node's connection just before it compiles it: the moment to make what the node reads."""
        with super().connection_named(name, query_header_context, should_release_connection):
            if str(getattr(query_header_context, "resource_type", "")) in _NODES_WITH_INPUTS:
                self._thread.staging = None
                self._thread.node = query_header_context
                self._prepare(query_header_context)
            yield

    def _prepare(self, node: Any) -> None:
        with self._errors():
            self._store.set_up()
            self._store.renew_due()
            self._inputs.prepare(node, cast("Any", self._macro_resolver), self._sql_now)

    def set_relations_cache(self, relation_configs: Any, clear: bool = False, required_schemas: Any = None) -> None:
        """Called before the first hook of a run: make what `on-run-start` hooks name with ref()."""
        super().set_relations_cache(relation_configs, clear, required_schemas)
        for node in getattr(self._macro_resolver, "nodes", {}).values():
            if str(node.resource_type) == "operation" and node.depends_on.nodes:
                self._prepare(node)

    def post_model_hook(self, config: Any, context: Any) -> None:
        """After a node: one that failed while its rows were staged gets the view of what is published back."""
        try:
            super().post_model_hook(config, context)
        finally:
            staging = getattr(self._thread, "staging", None)
            if staging is not None:
                self._unstage(staging)

    def _unstage(self, staging: Staging) -> None:
        self._thread.staging = None
        self.connections.rollback_if_open()
        if staging.publication is not None:
            staging.publication.abandon()
        relation = staging.relation
        with self._errors():
            self._drop(relation)
            super().commit_if_has_connection()  # whatever becomes of the view: nobody may find the staged rows
            version = self._session.publisher.load(relation.schema, relation.identifier)
            if version is not None:
                self._sql(f"create view {relation} as {self._store.scan(as_renamed(version, self._layout()))}")
        super().commit_if_has_connection()

    # What macros ask

    @available
    def floe_type(self, relation: Any) -> str | None:
        """What DuckDB has under the name: `table`, `view` or none; the cache says `table` for what is published."""
        database, schema = relation.database or "temp", relation.schema or "main"  # where temporary tables are
        return relation_type(self._sql_now, database, schema, relation.identifier)

    @available.parse(lambda *_: False)
    def floe_touches(self, hooks: Sequence[dict[str, Any]], relation: Any) -> bool:
        """Whether a hook may read or change `this`: it has Jinja in it, or the table's name."""
        queries = [hook.get("sql") or "" for hook in hooks]
        return any("{" in query or relation.identifier.lower() in query.lower() for query in queries)

    @available.parse_none
    def floe_run_python(self, model: dict[str, Any], code: str) -> None:
        """Run the code of a Python model, on this thread's connection."""
        self.submit_python_job(model, code)

    @available.parse_none
    def floe_stage(self, node_id: str, relation: Any, rows: str) -> None:
        """Mark `this` for publishing. `rows`: `all` of the published ones are put into a native table, `none`, or
        `later`, when the incremental strategy is known."""
        staging = Staging(relation, node_id)
        self._thread.staging = staging
        if rows == "later":
            return
        with self._errors():
            staging.publication = self._begin(node_id, relation)
            self._drop(relation)
            version = self._current(staging.publication)
            if rows == "none":
                self.cache_dropped(relation)
            elif version is not None:
                fill(self._sql, self._store, str(relation), version, version.files)

    @available.parse_none
    def floe_stage_touched(
        self, relation: Any, source: Any, keys: Any = None, condition: str | None = None, ddl: str | None = None
    ) -> None:
        """Put the rows of the files that the strategy may change into a native table under the name of `this`.

        Those that hold one of the `keys` of `source` (`*`: all), or a row of `condition`; with neither, no row.
        """
        staging = self._staging
        if self.floe_type(relation) == "table":
            return  # all rows are there already
        with self._errors():
            staging.publication = self._begin(staging.node_id, relation)
            version = self._current(staging.publication)
            if version is None:
                return
            staging.removed = self._touched(version, source, keys, condition)
            self._drop(relation)
            fill(self._sql, self._store, str(relation), version, staging.removed, ddl)

    def _touched(self, version: TableVersion, source: Any, keys: Any, condition: str | None) -> Sequence[Any]:
        if keys == "*":
            return version.files
        if condition is None and keys is None:
            return ()
        return touched_files(self._sql, self._store, version, condition or key_condition(keys, str(source)))

    @available.parse_none
    def floe_note_columns(self, columns: Sequence[Any]) -> None:
        """Keep the columns that a snapshot is to get until its rows are staged."""
        self._staging.added_columns = list(columns)

    @available.parse(lambda *_: [])
    def floe_noted_columns(self) -> list[Any]:
        """Those columns."""
        return self._staging.added_columns

    @available.parse_none
    def floe_publish_query(self, node_id: str, relation: Any, query: str, append: bool = False) -> None:
        """Publish what a query returns: it replaces the table or is added to it."""
        with self._errors():
            publication = self._begin(node_id, relation)
            self._publish(publication, relation, query, removed=() if append else None)

    @available.parse_none
    def floe_publish_staged(self) -> None:
        """Publish the staging table and put a view over the files in its place."""
        staging = self._staging
        relation = staging.relation
        if self.floe_type(relation) != "table":
            raise DbtRuntimeError(f"{relation}: the materialization left no table to publish")
        with self._errors():
            publication = staging.publication or self._begin(staging.node_id, relation)
            rows = self._sql(f"select count(*) from {relation}").fetchone()[0]
            removed = staging.removed if publication.current is not None else None
            self._publish(publication, relation, f"select * from {relation}", removed=removed, staged_rows=rows)
        super().commit_if_has_connection()
        self._thread.staging = None

    @available.parse_none
    def floe_unpublish(self, node_id: str, relation: Any) -> None:
        """Drop the table that the node published before it became something else: nobody may read its old rows."""
        with self._errors():
            self._session.publisher.drop(relation.schema, relation.identifier, node_id)

    @available.parse(lambda *_: AdapterResponse("OK"))
    def floe_response(self) -> FloeResponse:
        """The response of this thread's last publishing, for dbt's result of the node."""
        response: FloeResponse | None = getattr(self._thread, "response", None)
        self._thread.response = None
        if response is None:  # never call a node done that published nothing
            raise DbtRuntimeError("the node published nothing")
        return response

    # How

    @property
    def _staging(self) -> Staging:
        return cast("Staging", self._thread.staging)

    def _begin(self, node_id: str, relation: Any) -> Publication:
        return self._session.publisher.begin(relation.schema, relation.identifier, node_id)

    def _current(self, publication: Publication) -> TableVersion | None:
        """The table that is there, its columns already called as the node is about to have them."""
        version = publication.current
        return as_renamed(version, self._layout()) if version is not None else None

    def _publish(
        self, publication: Publication, relation: Any, query: str, *, removed: Any, staged_rows: int | None = None
    ) -> None:
        name = f"{relation.schema}.{relation.identifier}"
        node = getattr(self._thread, "node", None)
        version, rows = publish(
            self._sql,
            publication,
            query,
            store=self._store,
            removed=removed,
            staged_rows=staged_rows,
            name=name,
            layout=with_comment(self._layout(), node),
            comments=column_comments(node),
        )
        self._drop(relation)
        self._sql(f"create view {relation} as {self._store.scan(version)}")
        self._inputs.made(relation.schema, relation.identifier)
        snapshot = version.table.current_snapshot()
        self._thread.response = FloeResponse(
            _message=f"OK {rows} rows",
            code="PUBLISH",
            rows_affected=rows,
            snapshot_id=str(snapshot.snapshot_id) if snapshot else "",
        )

    def _layout(self) -> TableLayout:
        """What the node that this thread works on says in `config(iceberg={...})`."""
        node = getattr(self._thread, "node", None)
        try:
            return parse_layout(node.config.get("iceberg") if node is not None else None)
        except ValueError as error:
            raise FloeError(LAYOUT, str(error), fix=LAYOUT.remedy) from error

    def _drop(self, relation: Any) -> None:
        kind = self.floe_type(relation)
        if kind is not None:
            self._sql(f"drop {kind} {relation} cascade")
