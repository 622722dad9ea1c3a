"""Products whose engine is a small installed package: all is real, without the seconds that dbt takes to import."""

import json
import os
import subprocess
import sys
from pathlib import Path

import yaml

from support.packages import Site

ENGINE = '''
    """A transform that reads models.json, and a compute; `graph_calls` in the cache counts how often it was read."""
    import hashlib, json, os
    from collections.abc import Mapping
    from typing import Any
    from floe_sdk import (
        PROJECT_NOT_FOUND, CompiledArtifacts, FloeError, Graph, GraphRequest, Materialization, Node, NodeKind,
        PluginConfig, PluginContext, Secret, hookimpl,
    )

    class ComputeConfig(PluginConfig):
        path: str = "{product_slug}.db"
        password: Secret | None = None

    class Compute:
        def __init__(self, config: ComputeConfig, context: PluginContext) -> None:
            self.config, self.context = config, context

        @hookimpl
        def compute_profile(self, namespace: str) -> Mapping[str, Any]:
            path = os.environ.get("TINY_PROFILE_PATH", self.context.expand(self.config.path))
            return {"type": "tiny", "schema": namespace, "path": path, "password": self.config.password}

        @hookimpl
        def compute_query(self, request):
            raise RuntimeError("not here")

    class Transform:
        @hookimpl
        def transform_fingerprint(self, request: GraphRequest) -> str:
            try:
                data = (request.project_dir / "models.json").read_bytes()
            except FileNotFoundError:
                raise FloeError(PROJECT_NOT_FOUND, "there is no models.json") from None
            return hashlib.sha256(data + request.environment.encode() + request.namespace.encode()).hexdigest()

        @hookimpl
        def transform_graph(self, request: GraphRequest) -> Graph:
            calls = request.cache_dir / "graph_calls"
            calls.parent.mkdir(parents=True, exist_ok=True)
            calls.write_text(calls.read_text() + "x" if calls.exists() else "x")
            models = json.loads((request.project_dir / "models.json").read_text())
            nodes = [
                Node(
                    id=f"model.shop.{model['name']}", kind=NodeKind.MODEL, package="shop",
                    materialization=Materialization.TABLE, namespace=request.namespace, table=model["name"],
                    path=f"models/{model['name']}.sql", **model,
                )
                for model in models
            ]
            return Graph(
                name="shop", engine="tiny", engine_version="1", nodes=tuple(nodes),
                project_hash=self.transform_fingerprint(request),
            )

        @hookimpl
        def transform_run(self, request, session, listener):
            raise RuntimeError("not here")

    class Orchestrator:
        @hookimpl
        def orchestrator_generate(self, artifacts: CompiledArtifacts) -> Mapping[str, str]:
            name = os.environ.get("TINY_GENERATES", "definitions.py")
            return {name: f"# {artifacts.metadata.product} in {artifacts.environment}\\n"}

        @hookimpl
        def orchestrator_run(self, request):
            raise RuntimeError("not here")

    class Watcher:
        @hookimpl
        def policy_rules(self):
            return []

        @hookimpl
        def policy_check(self, graph, governance):
            return []

        @hookimpl
        def compile_finished(self, artifacts):
            print("watcher saw", artifacts.metadata.content_hash[:8])
'''
PLUGINS = {
    "compute/tiny": "Compute",
    "transform/tiny": "Transform",
    "orchestrator/tiny": "Orchestrator",
    "policy/watcher": "Watcher",
}
MANIFEST = {
    "apiVersion": "floe.dev/v1",
    "kind": "Manifest",
    "metadata": {"name": "lake", "version": "1.0.0", "owner": "platform@example.com"},
    "plugins": {
        "compute": {"type": "tiny", "config": {"password": {"env": "TINY_PASSWORD_THAT_NOBODY_SET"}}},
        "transform": {"type": "tiny"},
        "catalog": {"type": "sql"},
        "storage": {"type": "local"},
        "orchestrator": {"type": "tiny"},
    },
}
SPEC = {
    "apiVersion": "floe.dev/v1",
    "kind": "FloeSpec",
    "metadata": {"name": "shop", "version": "1.2.0", "owner": "shop@example.com"},
    "platform": {"manifest": "../manifest.yaml"},
}
MODELS = [{"name": "stg_orders"}, {"name": "mart", "depends_on": ["model.shop.stg_orders"]}]


class Workspace:
    """A platform and one product in a folder, and the command that compiles it."""

    def __init__(self, root: Path, site: Site) -> None:
        self.root, self.site = root, site
        self.product = root / "shop"
        self.artifact = self.product / "target" / "compiled_artifacts.json"
        self.write()

    def write(self, *, manifest=None, spec=None, models=MODELS) -> None:
        self.product.mkdir(parents=True, exist_ok=True)
        (self.root / ".git").mkdir(exist_ok=True)  # documents stay inside the repository
        (self.root / "manifest.yaml").write_text(yaml.safe_dump({**MANIFEST, **(manifest or {})}, sort_keys=False))
        (self.product / "floe.yaml").write_text(yaml.safe_dump({**SPEC, **(spec or {})}, sort_keys=False))
        if models is None:
            (self.product / "models.json").unlink(missing_ok=True)
        else:
            (self.product / "models.json").write_text(json.dumps(models))

    def floe(self, *arguments, code=0, cwd=None, command=(sys.executable, "-m", "floe_sdk"), **environment):
        """Run the command in the product's folder; (standard output, standard error)."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLOE_", "OTEL_", "TINY_"))}
        done = subprocess.run(
            [*command, *arguments],
            cwd=cwd or self.product,
            env={**kept, "PYTHONPATH": str(self.site.folder), **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout, done.stderr

    def compile(self, *arguments, **options):
        """The artifact as plain data."""
        self.floe("compile", *arguments, **options)
        return json.loads(self.artifact.read_bytes())

    @property
    def graph_calls(self) -> int:
        path = self.product / ".floe" / "cache" / "graph_calls"
        return len(path.read_text()) if path.exists() else 0
