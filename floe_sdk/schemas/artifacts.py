"""`compiled_artifacts.json`: everything that a run needs and nothing else.

No secret values, no paths of the machine that compiled it, the same bytes for equal inputs.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from floe_sdk.schemas.base import FrozenModel
from floe_sdk.schemas.compiled import CompiledNode
from floe_sdk.schemas.enforcement import Enforcement
from floe_sdk.schemas.governance import ResolvedGovernance
from floe_sdk.schemas.graph import Graph
from floe_sdk.schemas.observability import ObservabilityConfig
from floe_sdk.schemas.spec import Destination, OutputPort, Schedule

ARTIFACT_VERSION = "1.0"


class ArtifactMetadata(FrozenModel):
    """Which product this is, of which platform, and the hashes that a run checks.

    `content_hash` is SHA-256 over the artifact's canonical JSON without this field; `project_hash` is the graph's.
    `platform_root` and `manifest` are relative to the product's root, the folder of floe.yaml, below which the artifact
    lies in `target/`; or they are `$FLOE_MANIFEST`, for a pinned manifest elsewhere. There is no time in it: equal
    inputs give equal bytes.
    """

    product: str
    product_slug: str
    product_version: str
    description: str = ""
    owner: str | None = None
    labels: dict[str, str] = Field(default_factory=dict)
    platform: str
    platform_version: str
    platform_description: str = ""
    platform_owner: str | None = None
    platform_root: str
    manifest: str
    floe_version: str
    project_hash: str
    content_hash: str = ""


class ArtifactPlugin(FrozenModel):
    """A selected plugin with its validated configuration; secrets are references."""

    type: str
    name: str
    distribution: str
    version: str
    config: dict[str, Any] = Field(default_factory=dict)


class GovernanceOrigin(FrozenModel):
    """Where an effective governance value came from: the document and its key (no line, so that bytes stay equal)."""

    file: str
    key: str


class CompiledArtifacts(FrozenModel):
    """The one artifact; orchestrators read it and never the YAML again."""

    version: Literal["1.0"] = "1.0"
    metadata: ArtifactMetadata
    environment: str
    namespace: str = Field(description="The catalog namespace of the product's tables.")
    plugins: tuple[ArtifactPlugin, ...]
    transforms: Graph
    variables: dict[str, Any] = Field(
        default_factory=dict,
        description="Variables given to the compile (`--vars`), over those of the transform plugin.",
    )
    profiles: dict[str, dict[str, Any]] = Field(description="dbt-style profile target for each compute, by name.")
    governance: ResolvedGovernance
    governance_origin: dict[str, GovernanceOrigin] = Field(default_factory=dict)
    enforcement: Enforcement
    observability: ObservabilityConfig
    resource_attributes: dict[str, str] = Field(default_factory=dict)
    schedule: Schedule | None = None
    resources: dict[str, dict[str, str]] = Field(default_factory=dict)
    output_ports: tuple[OutputPort, ...] = ()
    compiled: dict[str, CompiledNode] = Field(default_factory=dict, description="Compiled SQL (`floe compile --sql`).")
    destinations: tuple[Destination, ...] = ()
