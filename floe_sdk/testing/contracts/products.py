"""A product on disk whose engine is the shelf, for tests of what runs products."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from floe_sdk import CompiledArtifacts, PluginType
from floe_sdk.schemas.artifacts import ArtifactMetadata
from floe_sdk.schemas.enforcement import Enforcement
from floe_sdk.schemas.governance import ResolvedGovernance
from floe_sdk.schemas.graph import Graph
from floe_sdk.schemas.observability import ObservabilityConfig
from floe_sdk.testing.contracts import shelf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from floe_sdk import CompileResult, PluginContext
    from floe_sdk.plugins.discovery import PluginRecord

ENVIRONMENT = "test"
_OWNER = "owner@example.com"
_METADATA = "Metadata-Version: 2.1\nName: floe-shelf\nVersion: 1.0\nRequires-Dist: floe-sdk\n"
_CLASSES = {PluginType.COMPUTE: shelf.ShelfCompute, PluginType.TRANSFORM: shelf.ShelfTransform}


@contextmanager
def shelf_installed(folder: Path) -> Iterator[None]:
    """`compute/shelf` and `transform/shelf` are plugins of a distribution in `folder`, as long as this lasts."""
    info = folder / "floe_shelf-1.0.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text(_METADATA, encoding="utf-8")
    entries = [f"[{kind.group}]\n{shelf.NAME} = {each.__module__}:{each.__name__}" for kind, each in _CLASSES.items()]
    (info / "entry_points.txt").write_text("\n".join(entries), encoding="utf-8")
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))


class Product(NamedTuple):
    """The product `name` in `root`, of the platform in the folder beside it that is called `platform`."""

    root: Path
    name: str
    record: PluginRecord
    config: Mapping[str, Any]

    def write(self, models: Sequence[shelf.Model]) -> None:
        """Write the documents and the project."""
        import yaml

        platform = self.root.parent / "platform"
        platform.mkdir(parents=True, exist_ok=True)
        shelf.write_models(self.root, models)
        head = {"apiVersion": "floe.dev/v1"}
        orchestrator = {
            "type": self.record.name,
            "distribution": self.record.distribution,
            "config": dict(self.config),
        }
        manifest = {
            **head,
            "kind": "Manifest",
            "metadata": {"name": "lake", "version": "1.0.0", "owner": _OWNER},
            "default_environment": ENVIRONMENT,
            "environments": {ENVIRONMENT: {}},
            "plugins": {
                "compute": {"type": shelf.NAME},
                "transform": {"type": shelf.NAME},
                "catalog": {"type": "sql"},
                "storage": {"type": "local"},
                "orchestrator": orchestrator,
            },
            "observability": {"lineage": {"transport": "file"}, "tracing": {"exporter": "none"}},
            "governance": {"policy_enforcement_level": "off"},
        }
        spec = {
            **head,
            "kind": "FloeSpec",
            "metadata": {"name": self.name, "version": "1.0.0", "owner": _OWNER},
            "platform": {"manifest": "../platform/manifest.yaml"},
        }
        (platform / "manifest.yaml").write_text(yaml.safe_dump(manifest), encoding="utf-8")
        (self.root / "floe.yaml").write_text(yaml.safe_dump(spec), encoding="utf-8")

    def compile(self) -> CompileResult:
        """The artifact, and the platform, which the caller closes; nothing of it is written."""
        from floe_sdk import compile_product

        return compile_product(self.root, env=ENVIRONMENT, write=False)


def plain_artifacts(context: PluginContext) -> CompiledArtifacts:
    """The artifact of a product that has no project: enough to be told about, not to be run."""
    metadata = ArtifactMetadata(
        product=context.product,
        product_slug=context.product_slug,
        product_version="1.0.0",
        platform=context.platform,
        platform_version="1.0.0",
        platform_root="../platform",
        manifest="../platform/manifest.yaml",
        floe_version="0",
        project_hash="0",
    )
    return CompiledArtifacts(
        metadata=metadata,
        environment=context.environment,
        namespace=context.product_slug,
        plugins=(),
        transforms=Graph(name=context.product, engine=shelf.NAME, engine_version="1", project_hash="0"),
        profiles={},
        governance=ResolvedGovernance(),
        enforcement=Enforcement(level="off"),
        observability=ObservabilityConfig(),
    )
