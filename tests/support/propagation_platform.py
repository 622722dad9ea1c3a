"""A platform whose plugins show what reached them, and compiles of it in this process."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from floe_sdk import FloeError, PluginType, compile_product
from support.propagation_fields import NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

TODAY = date(2027, 1, 1)
ABSENT = object()
"""What `Outcome.at` finds where nothing is."""

KINDS = tuple(kind.value for kind in PluginType)
PROBES = '''
    """A plugin of each type that shows what reaches it, and a project whose every model offends some rule."""
    from floe_sdk import *
    from floe_sdk import TestInfo as Tested

    class Config(PluginConfig):
        note: str = ""
        connection_secret_ref: Secret | None = None

    class TracingConfig(Config):
        endpoint: str | None = None
        protocol: str | None = None
        headers: dict[str, str | Secret] = {}
        sample_ratio: float | None = None

    class LineageConfig(Config):
        url: str | None = None

    class Compute:
        def __init__(self, config: Config) -> None: ...
        @hookimpl
        def compute_profile(self, namespace): return {"type": "probe", "schema": namespace}
        @hookimpl
        def compute_query(self, request): raise RuntimeError

    def model(name, **values):
        return Node(id=f"model.shop.{name}", name=name, kind=NodeKind.MODEL, package="shop",
                    materialization=Materialization.TABLE, path=f"models/{name}.sql", **values)

    ID = Column(name="id")
    NODES = (
        model("bronze_orders", columns=(ID,), depends_on=("model.shop.raw",)),
        model("silver_orders", columns=(ID,)),
        model("gold_orders", columns=(ID, Column(name="email", meta={"pii": True}))),
        model("mart", columns=(ID,), description="Everything.",
              meta={"retention_days": 5, "ttl_hours": 100, "empty": ""}),
        model("raw"),
        Node(id="test.shop.unique_mart_id", name="unique_mart_id", kind=NodeKind.TEST, package="shop",
             depends_on=("model.shop.mart",),
             test=Tested(generic="unique", column="id", tested="model.shop.mart")),
    )

    class Transform:
        def __init__(self, config: Config) -> None: ...
        @hookimpl
        def transform_fingerprint(self, request): return "1"
        @hookimpl
        def transform_graph(self, request):
            return Graph(name="shop", engine="probe", engine_version="1", project_hash="1", nodes=NODES)
        @hookimpl
        def transform_run(self, request, session, listener): raise RuntimeError

    class Catalog:
        def __init__(self, config: Config) -> None: ...
        @hookimpl
        def catalog_namespace(self): return "shop"
        @hookimpl
        def catalog_access(self, storage): raise RuntimeError
        @hookimpl
        def catalog_connect(self, storage): raise RuntimeError

    class Storage:
        def __init__(self, config: Config) -> None: ...
        @hookimpl
        def storage_access(self): return StorageAccess(root="mem://lake/")

    class Orchestrator:
        def __init__(self, config: Config) -> None: ...
        @hookimpl
        def orchestrator_run(self, request): raise RuntimeError

    class Telemetry:
        def __init__(self, config: TracingConfig) -> None: ...
        @hookimpl
        def telemetry_span_exporter(self): raise RuntimeError

    class Lineage:
        def __init__(self, config: LineageConfig) -> None: ...
        @hookimpl
        def lineage_emit(self, event): raise RuntimeError

    class Secrets:
        def __init__(self, config: Config) -> None: ...
        @hookimpl
        def secrets_resolve(self, key): raise RuntimeError

    class Policy:
        def __init__(self, config: Config) -> None: self.config = config
        @hookimpl
        def policy_rules(self): return ()
        @hookimpl
        def policy_check(self, graph, governance): return ()
        @hookimpl
        def plugin_close(self):
            if self.config.note == "noisy": raise RuntimeError("a noise")

    class Alert:
        def __init__(self, config: Config) -> None: ...
        @hookimpl
        def alert_send(self, alert): raise RuntimeError
'''

MANIFEST: dict[str, Any] = {
    "api_version": "floe.dev/v1",
    "kind": "Manifest",
    "metadata": {"name": "lake", "version": "1.0.0"},
    # the lowest layer, so that every other layer may change it
    "defaults": {"plugins": {kind: {"type": "probe", "distribution": "probe-one"} for kind in KINDS}},
    "environments": {NAME: {}},
}
SPEC: dict[str, Any] = {
    "api_version": "floe.dev/v1",
    "kind": "FloeSpec",
    "metadata": {"name": "shop", "version": "1.0.0"},
    "platform": {"manifest": "../manifest.yaml"},
}
PARENT = {
    "api_version": "floe.dev/v1",
    "kind": "Manifest",
    "metadata": {"name": "corporation", "version": "1.0.0"},
    "governance": {"snapshot_keep_last": 11},
}


@dataclass(frozen=True)
class Outcome:
    """What a compile came to: the artifact as plain data, or errors, each with its line of the file; warnings."""

    artifact: dict[str, Any] | None
    errors: tuple[tuple[FloeError, str], ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def problems(self) -> str:
        return "\n".join(str(error) for error, _ in self.errors)

    def at(self, place: str) -> Any:
        """A value of the artifact; `plugins[storage/probe]` and `nodes[mart]` name entries."""
        node: Any = self.artifact
        for step in re.findall(r"[^.\[\]]+(?=\.|\[|$)|(?<=\[)[^\]]+", place):
            if isinstance(node, list):
                names = [
                    (str(index), each.get("name"), f"{each.get('type')}/{each.get('name')}")
                    for index, each in enumerate(node)
                ]
                node = next((each for each, known in zip(node, names, strict=True) if step in known), ABSENT)
            else:
                node = node.get(step, ABSENT) if isinstance(node, dict) else ABSENT
        return node


class Compiler:
    """Compiles pairs of documents in this process; equal pairs once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._known: dict[str, Outcome] = {}
        (root / ".git").mkdir(parents=True)  # documents stay inside the repository
        (root / "shop").mkdir()
        for name, document in (("parent.yaml", PARENT), ("other.yaml", MANIFEST)):
            (root / name).write_text(yaml.safe_dump(document))

    def compile(self, manifest: Mapping[str, Any], spec: Mapping[str, Any], env: str | None) -> Outcome:
        key = json.dumps([manifest, spec, env], default=str)
        if key not in self._known:
            self.write(manifest, spec)
            self._known[key] = self._compile(env)
        return self._known[key]

    def write(self, manifest: Mapping[str, Any], spec: Mapping[str, Any]) -> Path:
        """Write the documents; returns the product's folder."""
        (self.root / "manifest.yaml").write_text(yaml.safe_dump(dict(manifest), sort_keys=False))
        (self.root / "shop" / "floe.yaml").write_text(yaml.safe_dump(dict(spec), sort_keys=False))
        return self.root / "shop"

    def _compile(self, env: str | None) -> Outcome:
        try:
            result = compile_product(self.root / "shop", env=env, write=False, today=TODAY)
        except FloeError as error:
            return Outcome(None, tuple((each, self._line(each)) for each in error.errors))
        result.platform.close()
        return Outcome(json.loads(result.artifacts.model_dump_json()), warnings=result.warnings)

    def _line(self, error: FloeError) -> str:
        line = getattr(error.where, "line", None)
        if line is None:
            return ""
        name = Path(error.where.file).name
        file = self.root / name if name.endswith(("manifest.yaml", "parent.yaml")) else self.root / "shop" / name
        return file.read_text().splitlines()[line - 1]
