"""A small engine for tests: a project is one file, models.json, and what it makes are real tables.

    [{"name": "orders", "rows": 3}, {"name": "totals", "reads": ["orders"]}, {"name": "broken", "fails": true}]

A table has the columns `n` (0, 1, ...) and `model`, and one row more for each row of what the model reads.
"""

from __future__ import annotations

import _thread
import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from floe_sdk import (
    NOT_SUPPORTED,
    PROJECT_NOT_FOUND,
    PROJECT_NOT_PARSED,
    QUERY_REFUSED,
    TABLE_NOT_FOUND,
    CompiledNode,
    FloeError,
    Graph,
    Materialization,
    Node,
    NodeFinished,
    NodeKind,
    NodeStarted,
    NodeStatus,
    QueryResult,
    TransformResult,
    hookimpl,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from floe_sdk import GraphRequest, QueryRequest, RunListener, RunSession, TransformRequest

NAME = "shelf"
FILE = "models.json"


@dataclass(frozen=True)
class Model:
    """A table that a project makes of `rows` rows and what it reads; `fails`: making it is an error.

    `interrupts`: the process is interrupted meanwhile, as by Ctrl-C; only the shelf has that.
    """

    name: str
    reads: tuple[str, ...] = ()
    rows: int = 3
    fails: bool = False
    interrupts: bool = False

    @property
    def id(self) -> str:
        """Of the node in the graph."""
        return f"model.{NAME}.{self.name}"


def write_models(folder: Path, models: Sequence[Model]) -> None:
    """The project's one file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(json.dumps([asdict(model) for model in models], indent=1), encoding="utf-8")


def read_models(folder: Path) -> list[Model]:
    """The models in the order in which each reads earlier ones; raises FloeError where there is no such project."""
    path = folder / FILE
    try:
        entries = json.loads(path.read_bytes())
        by_name = {each["name"]: _model(each) for each in entries}
        order = TopologicalSorter({model.name: sorted(model.reads) for model in by_name.values()}).static_order()
        models = [by_name[name] for name in order]
    except OSError as error:
        problem = f"there is no {FILE} in {folder}"
        raise FloeError(PROJECT_NOT_FOUND, problem, fix=PROJECT_NOT_FOUND.remedy) from error
    except (ValueError, KeyError, TypeError, CycleError) as error:
        problem = f"{FILE} can't be read: {error}"
        raise FloeError(PROJECT_NOT_PARSED, problem, where=str(path), fix=PROJECT_NOT_PARSED.remedy) from error
    if other := next((each["kind"] for each in entries if each.get("kind", "table") != "table"), None):
        raise FloeError(NOT_SUPPORTED, f"{FILE} wants a {other}", where=str(path), fix="make it a table")
    return models


def _model(entry: dict[str, Any]) -> Model:
    given = {key: value for key, value in entry.items() if key != "kind"}
    return Model(**{**given, "reads": tuple(given.get("reads", ()))})


class ShelfTransform:
    """The graph of models.json, and running it, one node after the other."""

    def folder(self, request: GraphRequest | TransformRequest) -> Path:
        """Where models.json is."""
        return request.project_dir

    @hookimpl
    def transform_fingerprint(self, request: GraphRequest) -> str:
        content = {
            "models": [asdict(model) for model in read_models(self.folder(request))],
            "environment": request.environment,
            "namespace": request.namespace,
            "variables": dict(request.variables),
            "versions": dict(request.versions),
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()

    @hookimpl
    def transform_graph(self, request: GraphRequest) -> Graph:
        nodes = [
            Node(
                id=model.id,
                name=model.name,
                kind=NodeKind.MODEL,
                package=NAME,
                materialization=Materialization.TABLE,
                namespace=request.namespace,
                table=model.name,
                path=FILE,
                depends_on=tuple(sorted(f"model.{NAME}.{name}" for name in model.reads)),
            )
            for model in read_models(self.folder(request))
        ]
        return Graph(
            name=NAME,
            engine=NAME,
            engine_version="1",
            project_hash=self.transform_fingerprint(request),
            nodes=tuple(sorted(nodes, key=lambda node: node.id)),
        )

    @hookimpl
    def transform_compile(self, request: GraphRequest) -> Mapping[str, CompiledNode]:
        return {model.id: compiled(model) for model in read_models(self.folder(request))}

    @hookimpl
    def transform_files(self, request: GraphRequest) -> Mapping[str, Path]:
        path = self.folder(request) / FILE
        return {path.relative_to(request.product_root).as_posix(): path}

    @hookimpl
    def transform_run(self, request: TransformRequest, session: RunSession, listener: RunListener) -> TransformResult:
        models = chosen(read_models(self.folder(request)), request)
        listener.planned(tuple(model.id for model in models))
        failed: set[str] = set()
        for model in models:
            if request.compiled is not None:
                request.compiled(model.id, compiled(model))
            status, message = self.run_node(model, session, listener, skip=bool(failed.intersection(model.reads)))
            if status is not NodeStatus.SUCCESS:
                failed.add(model.name)
            listener.log("info", f"{model.name}: {status.value} {message}".rstrip())
        return TransformResult(success=not failed)

    def run_node(
        self, model: Model, session: RunSession, listener: RunListener, *, skip: bool
    ) -> tuple[NodeStatus, str]:
        """Run one, or skip it, and tell the listener."""
        started = now()
        listener.node_started(NodeStarted(model.id, started))
        status, message = (NodeStatus.SKIPPED, "what it reads has failed") if skip else make(model, session)
        listener.node_finished(NodeFinished(model.id, status, started, now(), message=message))
        return status, message


class ShelfCompute:
    """Where the shelf's tables are; answers `select * from NAMESPACE.TABLE`."""

    @hookimpl
    def compute_profile(self, namespace: str) -> Mapping[str, Any]:
        return {"type": NAME, "schema": namespace}

    @hookimpl
    def compute_query(self, request: QueryRequest) -> QueryResult:
        from pyiceberg.exceptions import NoSuchTableError

        words = request.sql.split()
        if [word.lower() for word in words[:3]] != ["select", "*", "from"] or len(words) != 4:  # noqa: PLR2004 - and the table
            raise FloeError(QUERY_REFUSED, "the shelf answers only `select * from NAMESPACE.TABLE`", fix="ask that")
        try:
            return QueryResult(request.catalog.load_table(words[3]).scan().to_arrow_batch_reader())
        except NoSuchTableError as error:
            raise FloeError(TABLE_NOT_FOUND, f"there is no table {words[3]}", fix=TABLE_NOT_FOUND.remedy) from error


def chosen(models: Sequence[Model], request: TransformRequest) -> list[Model]:
    """The models that a request selects; `select` and `exclude` hold their names."""
    everything = request.exact or not request.select
    found = [model for model in models if everything or model.name in request.select]
    found = [model for model in found if request.exact or model.name not in request.exclude]
    return [model for model in found if request.only is None or model.id in request.only]


def compiled(model: Model) -> CompiledNode:
    """As `floe plan` compares it."""
    return CompiledNode(sql=json.dumps(asdict(model), sort_keys=True), config={"materialized": "table"})


def make(model: Model, session: RunSession) -> tuple[NodeStatus, str]:
    """Publish the model's table; how that went, and what was wrong."""
    if model.interrupts:
        _thread.interrupt_main()
    if model.fails:
        return NodeStatus.ERROR, f"{model.name} says that it fails"
    try:
        publish(model, session)
    except FloeError as error:
        return NodeStatus.ERROR, error.render()
    return NodeStatus.SUCCESS, ""


def publish(model: Model, session: RunSession) -> None:
    """Replace the model's table: its own rows, and one for each row of what it reads."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pyiceberg.io.pyarrow import schema_to_pyarrow
    from pyiceberg.schema import Schema
    from pyiceberg.types import LongType, NestedField, StringType

    read = [session.publisher.load(session.namespace, name) for name in model.reads]
    count = model.rows + sum(version.table.scan().count() for version in read if version)
    columns = Schema(
        NestedField(1, "n", LongType(), required=False), NestedField(2, "model", StringType(), required=False)
    )
    publication = session.publisher.begin(session.namespace, model.name, model.id)
    try:
        schema = schema_to_pyarrow(publication.prepare(columns))
        rows = pa.table({"n": list(range(count)), "model": [model.name] * count}, schema)
        pq.write_table(rows, publication.new_file().removeprefix("file://"))
        publication.commit(count)
    except BaseException:
        publication.abandon()
        raise


def now() -> datetime:
    """This moment."""
    return datetime.now(timezone.utc)
