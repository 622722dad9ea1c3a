"""A product of two nodes that do nothing, compiled for an orchestrator that is tried out."""

from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

from floe_sdk import (
    Graph,
    Materialization,
    Node,
    NodeFinished,
    NodeKind,
    NodeStarted,
    NodeStatus,
    TransformResult,
    compile_product,
    hookimpl,
)
from floe_sdk.testing import loaded

MANIFEST = """
apiVersion: floe.dev/v1
kind: Manifest
metadata: {name: lake, version: 1.0.0}
plugins:
  compute: {type: idle}
  transform: {type: two-nodes}
  catalog: {type: sql}
  storage: {type: local}
  orchestrator: {type: NAME}
governance: {policy_enforcement_level: "off"}
"""
PRODUCT = """
apiVersion: floe.dev/v1
kind: FloeSpec
metadata: {name: shop, version: 1.0.0}
platform: {manifest: manifest.yaml}
"""
NODES = ("model.shop.mart", "model.shop.orders")


class TwoNodes:
    @hookimpl
    def transform_fingerprint(self, request):
        return "1"

    @hookimpl
    def transform_graph(self, request):
        nodes = tuple(
            Node(id=each, name=each[11:], kind=NodeKind.MODEL, materialization=Materialization.VIEW) for each in NODES
        )
        return Graph(name="shop", engine="two-nodes", engine_version="1", project_hash="1", nodes=nodes)

    @hookimpl
    def transform_run(self, request, session, listener):
        listener.planned(NODES)
        for each in NODES:
            now = datetime.now(timezone.utc)
            listener.node_started(NodeStarted(each, now))
            listener.node_finished(NodeFinished(each, NodeStatus.SUCCESS, now, now))
        return TransformResult(success=True)


class Idle:
    @hookimpl
    def compute_profile(self, namespace):
        return {"type": "idle", "schema": namespace}

    @hookimpl
    def compute_query(self, request):
        raise RuntimeError("nothing is stored here")


@contextmanager
def compiled(orchestrator):
    """Its platform, the artifact, and the orchestrator's folder."""
    with (
        TemporaryDirectory() as folder,
        loaded(orchestrator=orchestrator, transform=TwoNodes, compute=Idle),
    ):
        root = Path(folder)
        name = orchestrator.__name__.lower()
        (root / "manifest.yaml").write_text(MANIFEST.replace("NAME", name))
        (root / "floe.yaml").write_text(PRODUCT)
        result = compile_product(root)
        with result.platform as platform:
            yield platform, result.artifacts, root / "target" / name
