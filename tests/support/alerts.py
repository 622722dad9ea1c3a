"""A product whose runs end as a file says, and a chat that takes what is posted to it."""

from __future__ import annotations

import json
import sys
import time

from floe_sdk.testing import Answer, FaultProxy
from support.workspace import Workspace

ENGINE = '''
    """A transform whose nodes end as models.json says: [{name, status, message}]."""
    import hashlib, json, os, signal, time
    from datetime import datetime, timezone
    from floe_sdk import (
        Graph, Materialization, Node, NodeFinished, NodeKind, NodeStarted, NodeStatus, TransformResult, hookimpl,
    )

    def models(request):
        return json.loads((request.project_dir / "models.json").read_text())

    class Transform:
        @hookimpl
        def transform_fingerprint(self, request):
            return hashlib.sha256((request.project_dir / "models.json").read_bytes()).hexdigest()

        @hookimpl
        def transform_graph(self, request):
            nodes = [
                Node(id=f"model.shop.{each['name']}", name=each["name"], kind=NodeKind.MODEL, package="shop",
                     materialization=Materialization.VIEW, namespace=request.namespace, table=each["name"],
                     path=f"models/{each['name']}.sql")
                for each in sorted(models(request), key=lambda each: each["name"])
            ]
            return Graph(name="shop", engine="ends", engine_version="1", nodes=tuple(nodes),
                         project_hash=self.transform_fingerprint(request))

        @hookimpl
        def transform_run(self, request, session, listener):
            listener.planned(tuple(f"model.shop.{each['name']}" for each in models(request)))
            for each in models(request):
                name, now = f"model.shop.{each['name']}", datetime.now(timezone.utc)
                if each["status"] != "skipped":
                    listener.node_started(NodeStarted(name, now))
                if each["status"] == "interrupted":
                    os.kill(os.getpid(), signal.SIGINT)
                    time.sleep(10)
                if each["status"] == "raises":
                    raise RuntimeError("the engine is gone")
                text = each.get("message", "").replace("$SHOP_PASSWORD", os.environ.get("SHOP_PASSWORD", ""))
                listener.node_finished(NodeFinished(name, NodeStatus(each["status"]), now, now, message=text))
            return TransformResult(success=True)

    class Compute:
        @hookimpl
        def compute_profile(self, namespace):
            return {"type": "ends", "schema": namespace}

        @hookimpl
        def compute_query(self, request):
            raise RuntimeError("not asked here")
'''
PLUGINS = {"compute/ends": "Compute", "transform/ends": "Transform"}
GOOD = [{"name": "orders", "status": "success"}]
BAD = [
    {"name": "orders", "status": "success"},
    {
        "name": "totals",
        "status": "error",
        "message": "Database Error in model totals (models/totals.sql)\n  no such column: amount\n  LINE 1: ...",
    },
    {"name": "mart", "status": "skipped"},
]
PATH = "/services/T00/B00/a-token-that-is-secret"


class Chat(FaultProxy):
    """Takes every post."""

    def respond(self, request):
        return Answer(200, b"ok") if request.method == "POST" else Answer(405)

    @property
    def url(self):
        return f"{self.uri}{PATH}"

    @property
    def posts(self):
        return [json.loads(each.body) for each in self.requests if each.method == "POST"]

    @property
    def texts(self):
        return [each["text"] for each in self.posts]


class Alerting(Workspace):
    """Runs whose end is told to `chat`."""

    def set_up(self, models, *, environments=None, others=(), flush=None, **config):
        plugins = {
            "compute": {"type": "ends"},
            "transform": {"type": "ends"},
            "catalog": {"type": "sql"},
            "storage": {"type": "local"},
            "alert": [{"type": "webhook", "config": {"url": {"env": "CHAT_URL"}, **config}}, *others],
        }
        observability = {"tracing": {"exporter": "none"}, "lineage": {"enabled": False}}
        observability |= {"flush_timeout": flush} if flush else {}
        manifest = {
            "plugins": plugins,
            "observability": observability,
            "governance": {"policy_enforcement_level": "off"},
        }
        self.write(manifest={**manifest, **({"environments": environments} if environments else {})}, models=models)
        return self

    def run(self, url, *arguments, code=1, **environment):
        """The output of one run, and its seconds."""
        began = time.monotonic()
        command = (sys.executable, "-m", "floe_sdk")
        out, err = self.floe("run", *arguments, code=code, command=command, CHAT_URL=url, **environment)
        return out + err, time.monotonic() - began
