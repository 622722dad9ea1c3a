"""COMPILE: inputs, graph and findings become the artifact. Pure: no file, no clock, no environment variable is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.observability.telemetry import resource_attributes
from floe_sdk.project.locations import PINNED, portable
from floe_sdk.schemas.artifacts import ArtifactMetadata, CompiledArtifacts, GovernanceOrigin

if TYPE_CHECKING:
    from floe_sdk.compilation.resolve import Resolution
    from floe_sdk.project.resolved import ResolvedProduct
    from floe_sdk.schemas.enforcement import Enforcement
    from floe_sdk.schemas.governance import ResolvedGovernance
    from floe_sdk.schemas.observability import ObservabilityConfig

_GOVERNANCE = "governance."


def build_artifacts(
    product: ResolvedProduct,
    resolution: Resolution,
    enforcement: Enforcement,
    *,
    governance: ResolvedGovernance,
    observability: ObservabilityConfig,
) -> CompiledArtifacts:
    """The artifact of a product in an environment; equal arguments give equal bytes on every machine.

    `metadata.content_hash` is left empty: what is written or handed on is sealed first (`artifact_file.seal`).

    `governance` and `observability` are demanded, and have no default: what the manifest says can't be dropped by
    forgetting to pass it.
    """
    spec = product.spec
    return CompiledArtifacts(
        metadata=_metadata(product, resolution),
        environment=product.environment,
        namespace=resolution.namespace,
        plugins=resolution.plugins,
        transforms=resolution.graph,
        variables=dict(resolution.variables),
        profiles={name: dict(profile) for name, profile in sorted(resolution.profiles.items())},
        governance=governance,
        governance_origin=_governance_origin(product),
        enforcement=enforcement,
        observability=observability,
        resource_attributes=resource_attributes_of(product),
        schedule=spec.schedule,
        resources={name: dict(values) for name, values in sorted((product.resources or {}).items())},
        output_ports=spec.output_ports,
        destinations=spec.destinations,
    )


def _metadata(product: ResolvedProduct, resolution: Resolution) -> ArtifactMetadata:
    described, platform = product.spec.metadata, product.manifest.metadata
    manifest = portable(product.manifest_path, product.context.product_root, product.manifest_path)
    return ArtifactMetadata(
        product=described.name,
        product_slug=product.context.product_slug,
        product_version=described.version,
        description=described.description,
        owner=described.owner,
        labels=described.labels,
        platform=platform.name,
        platform_version=platform.version,
        platform_description=platform.description,
        platform_owner=platform.owner,
        platform_root=manifest if manifest == PINNED else manifest.rpartition("/")[0] or ".",
        manifest=manifest,
        floe_version=resolution.floe_version,
        project_hash=resolution.graph.project_hash,
    )


def _governance_origin(product: ResolvedProduct) -> dict[str, GovernanceOrigin]:
    """File and key of each effective value of governance, without lines, so that a comment changes no byte."""
    root = product.context.product_root
    return {
        name.removeprefix(_GOVERNANCE): GovernanceOrigin(
            file=portable(root / origin.file, root, product.manifest_path), key=origin.key
        )
        for name, origin in sorted(product.origins.items())
        if name.startswith(_GOVERNANCE) and origin.file and origin.key
    }


def resource_attributes_of(product: ResolvedProduct) -> dict[str, str]:
    """What every span of this product says of where it comes from: the product and its version, the environment."""
    described, platform = product.spec.metadata, product.manifest.metadata.name
    attributes = resource_attributes(
        product=described.name, version=described.version, environment=product.environment, platform=platform
    )
    attributes |= {"floe.product": described.name, "floe.platform": platform}
    if described.owner:
        attributes["floe.owner"] = described.owner
    return dict(sorted(attributes.items()))
