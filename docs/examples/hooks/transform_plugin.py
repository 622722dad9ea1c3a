"""A project of SQL files, each of which is asked whether it finds anything; SQLite answers."""

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from tempfile import mkdtemp

from floe_sdk import (
    PROJECT_NOT_FOUND,
    CompiledNode,
    FloeError,
    FreshnessStatus,
    Graph,
    GraphRequest,
    Materialization,
    Node,
    NodeFinished,
    NodeKind,
    NodeStarted,
    NodeStatus,
    RunListener,
    RunSession,
    SourceFreshness,
    TransformRequest,
    TransformResult,
    hookimpl,
)
from floe_sdk.testing import loaded


def steps(root: Path) -> Iterator[Path]:
    yield from sorted((root / "steps").glob("*.sql"))


class Steps:
    """Every file in `steps/` is a node."""

    @hookimpl
    def transform_fingerprint(self, request: GraphRequest) -> str:
        files = list(steps(request.project_dir))
        if not files:
            raise FloeError(PROJECT_NOT_FOUND, "there is no steps/*.sql", fix="write one")
        return hashlib.sha256(b"\0".join(file.name.encode() + file.read_bytes() for file in files)).hexdigest()

    @hookimpl
    def transform_graph(self, request: GraphRequest) -> Graph:
        nodes = [
            Node(
                id=f"model.steps.{file.stem}",
                name=file.stem,
                kind=NodeKind.MODEL,
                materialization=Materialization.VIEW,
                namespace=request.namespace,
                table=file.stem,
                path=f"steps/{file.name}",
            )
            for file in steps(request.project_dir)
        ]
        fingerprint = self.transform_fingerprint(request)
        return Graph(name="steps", engine="steps", engine_version="1", project_hash=fingerprint, nodes=tuple(nodes))

    @hookimpl
    def transform_run(self, request: TransformRequest, session: RunSession, listener: RunListener) -> TransformResult:
        files = {f"model.steps.{file.stem}": file for file in steps(request.project_dir)}
        chosen = [node for node in files if request.only is None or node in request.only]
        listener.planned(tuple(chosen))
        database = sqlite3.connect(":memory:")
        for node in chosen:
            started, status, message = datetime.now(timezone.utc), NodeStatus.SUCCESS, ""
            listener.node_started(NodeStarted(node, started))
            try:
                database.execute(files[node].read_text())
            except sqlite3.Error as error:
                status, message = NodeStatus.ERROR, f"{files[node].name}: {error}"
            listener.node_finished(NodeFinished(node, status, started, datetime.now(timezone.utc), message=message))
        return TransformResult(success=True)  # the engine itself is well; a node's failure is the node's

    @hookimpl
    def transform_compile(self, request: GraphRequest) -> Mapping[str, CompiledNode]:
        return {f"model.steps.{file.stem}": CompiledNode(sql=file.read_text()) for file in steps(request.project_dir)}

    @hookimpl
    def transform_freshness(self, request: TransformRequest, session: RunSession) -> Sequence[SourceFreshness]:
        return [SourceFreshness("source.steps.raw", "raw", FreshnessStatus.PASS, age=timedelta(hours=1))]

    @hookimpl
    def transform_files(self, request: GraphRequest) -> Mapping[str, Path]:
        return {file.relative_to(request.product_root).as_posix(): file for file in steps(request.project_dir)}


class Told:
    """Who hears of a run."""

    def planned(self, node_ids: tuple[str, ...]) -> None:
        print("planned:", *node_ids)

    def node_started(self, event: NodeStarted) -> None: ...

    def node_finished(self, event: NodeFinished) -> None:
        print(event.node_id, event.status.value, event.message)

    def log(self, level: str, message: str) -> None: ...


root = Path(mkdtemp())
(root / "steps").mkdir()
(root / "steps" / "bad.sql").write_text("select missing")
(root / "steps" / "good.sql").write_text("select 1")
asked = GraphRequest(root, root, {}, namespace="shop", environment="dev", cache_dir=root / "cache")
run = TransformRequest(root, root, {}, "shop", "dev", root / "private", root / "target", root / "logs")

# transform_fingerprint
with loaded(transform=Steps) as platform:
    print(platform.transform.transform_fingerprint(request=asked)[:8])
    # => 9ba4936c

# transform_graph
with loaded(transform=Steps) as platform:
    graph = platform.transform.transform_graph(request=asked)
    print([node.id for node in graph.nodes])
    # => ['model.steps.bad', 'model.steps.good']

# transform_run
with loaded(transform=Steps) as platform:
    print(platform.transform.transform_run(request=run, session=None, listener=Told()))
    # => planned: model.steps.bad model.steps.good
    # => model.steps.bad error bad.sql: no such column: missing
    # => model.steps.good success
    # => TransformResult(success=True, error=None, warnings=())

# transform_compile
with loaded(transform=Steps) as platform:
    print(platform.transform.transform_compile(request=asked)["model.steps.good"].sql)
    # => select 1

# transform_freshness
with loaded(transform=Steps) as platform:
    for source in platform.transform.transform_freshness(request=run, session=None):
        print(source.name, source.status.value, source.age)
        # => raw pass 1:00:00

# transform_files
with loaded(transform=Steps) as platform:
    print(list(platform.transform.transform_files(request=asked)))
    # => ['steps/bad.sql', 'steps/good.sql']
