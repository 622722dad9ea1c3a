"""What a node reads must be there before it is compiled: views over the catalog's files, of this product
and of others, and upstream views made again."""

from __future__ import annotations

import copy
import re
import threading
from typing import TYPE_CHECKING, Any

from floe_compute_duckdb.renaming import as_renamed
from floe_compute_duckdb.sql import quote
from floe_sdk import DATA_FILE_MISSING, FloeError, parse_layout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dbt.contracts.graph.manifest import Manifest

    from floe_compute_duckdb.object_store import ObjectStore
    from floe_compute_duckdb.writing import Execute
    from floe_sdk import RunSession

_RELATIONS = ("model", "seed", "snapshot")
_THIS = re.compile(r"\bthis\b")


class Inputs:
    """Makes the relations that nodes of a run read, each once, in the run's own database, which begins empty.

    A run of everything finds them there, made by the nodes before; a selection doesn't.
    """

    def __init__(self, session: RunSession, database: str, config: Any, store: ObjectStore) -> None:
        self._session = session
        self._store = store
        self._database = database
        self._config = config
        self._present: set[tuple[str, str]] = set()
        self._lock = threading.RLock()

    def made(self, schema: str, identifier: str) -> None:
        """Note a relation that is there."""
        self._present.add((schema, identifier))

    def prepare(self, node: Any, manifest: Manifest, execute: Execute) -> None:
        """Make what `node` reads, itself included where it builds on its own rows. `execute` commits by itself."""
        for needed in _needed(node, manifest):
            try:
                self._ensure(needed, manifest, execute)
            except FloeError as error:
                if error.code is not DATA_FILE_MISSING or needed is not node or not _built_anew(node):
                    raise

    def _ensure(self, node: Any, manifest: Manifest, execute: Execute) -> bool:
        """Whether it is there now; not, where it or what it reads was never built: the engine's own message says so."""
        if str(node.resource_type) == "source":
            self._ensure_source(node, execute)
            return True
        if node.config.materialized == "ephemeral":  # it becomes part of who reads it
            return self._ensure_parents(node, manifest, execute)
        key = (node.schema, node.alias)
        if key in self._present:
            return True
        with self._lock:
            if key not in self._present and (self._exists(key, execute) or self._make(node, manifest, execute)):
                self._present.add(key)
        return key in self._present

    def _ensure_parents(self, node: Any, manifest: Manifest, execute: Execute) -> bool:
        return all(self._ensure(parent, manifest, execute) for parent in _parents(node, manifest))

    def _ensure_source(self, source: Any, execute: Execute) -> None:
        """A view of the table that it is, of another product or of the catalog under its own name; a source of files
        needs none, nor one that a node of the project has made."""
        key = (source.schema, source.identifier)
        if key in self._present or _is_files(source):
            return
        with self._lock:
            if key in self._present:
                return
            version = self._session.upstream(source.unique_id)
            if version is None:
                if self._exists(key, execute):
                    return
                version = self._session.publisher.load_foreign(*key)
            if version is not None:
                self._create(*key, self._store.scan(version), execute)
                self._present.add(key)

    def _exists(self, key: tuple[str, str], execute: Execute) -> bool:
        return relation_type(execute, self._database, *key) is not None

    def _make(self, node: Any, manifest: Manifest, execute: Execute) -> bool:
        if node.config.materialized == "view":
            if not self._ensure_parents(node, manifest, execute):
                return False
            query = self._compiled(node, manifest)
        else:
            version = self._session.publisher.load(node.schema, node.alias)
            if version is None:
                return False
            query = self._store.scan(as_renamed(version, parse_layout(node.config.get("iceberg"))))
        self._create(node.schema, node.alias, query, execute)
        return True

    def _create(self, schema: str, name: str, query: str, execute: Execute) -> None:
        where = f"{quote(self._database)}.{quote(schema)}"
        execute(f"create schema if not exists {where}")
        execute(f"create view {where}.{quote(name)} as (\n{query}\n)")

    def _compiled(self, node: Any, manifest: Manifest) -> str:
        from dbt.compilation import Compiler

        compiled = Compiler(self._config).compile_node(copy.deepcopy(node), manifest, {}, write=False)
        return str(compiled.compiled_code)


def relation_type(execute: Execute, database: str, schema: str, identifier: str) -> str | None:
    """Whether DuckDB has it as a `table` or a `view`, or None; names as DuckDB compares them."""
    found = execute(
        f"select 'table' from duckdb_tables() where {_named('table_name', database, schema, identifier)} union all "
        f"select 'view' from duckdb_views() where {_named('view_name', database, schema, identifier)}"
    ).fetchone()
    return found[0] if found else None


def _named(column: str, database: str, schema: str, identifier: str) -> str:
    from floe_compute_duckdb.sql import literal

    return (
        f"lower(database_name) = lower({literal(database)}) and lower(schema_name) = lower({literal(schema)}) "
        f"and lower({column}) = lower({literal(identifier)})"
    )


def _is_files(source: Any) -> bool:
    meta = {**(source.source_meta or {}), **(source.meta or {}), **(getattr(source.config, "meta", None) or {})}
    return "external_location" in meta


def _needed(node: Any, manifest: Manifest) -> Iterator[Any]:
    yield from _parents(node, manifest)
    if str(node.resource_type) == "source":  # its freshness is checked
        yield node
    elif str(node.resource_type) == "unit_test":  # its fixtures take the types of the tested model's inputs
        for tested in _parents(node, manifest):
            yield from _parents(tested, manifest)
    elif str(node.resource_type) in _RELATIONS and _reads_itself(node):
        yield node


def _parents(node: Any, manifest: Manifest) -> Iterator[Any]:
    """What it reads; the project's own nodes first, since a source may be the table of one."""
    ids = getattr(getattr(node, "depends_on", None), "nodes", ())
    nodes = (manifest.nodes[each] for each in ids if each in manifest.nodes)
    yield from (each for each in nodes if str(each.resource_type) in _RELATIONS)
    yield from (manifest.sources[each] for each in ids if each in manifest.sources)


def _built_anew(node: Any) -> bool:
    """Whether an incremental model is fully refreshed: then it matters not what became of its rows."""
    from dbt.flags import get_flags

    wanted = getattr(node.config, "full_refresh", None)
    flags = get_flags()  # type: ignore[no-untyped-call]  # dbt's
    full = getattr(flags, "FULL_REFRESH", False) if wanted is None else wanted
    return bool(full) and node.config.materialized == "incremental"


def _reads_itself(node: Any) -> bool:
    if node.config.materialized in ("incremental", "snapshot"):
        return True
    return node.config.materialized == "table" and _THIS.search(node.raw_code or "") is not None
