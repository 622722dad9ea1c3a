"""Asking the transform plugin for a project's graph, and whether an artifact still fits its project."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from floe_sdk.errors import FloeError
from floe_sdk.errors.compilation import PROJECT_CHANGED
from floe_sdk.plugins.types import PluginType
from floe_sdk.schemas.graph import FLOE_ENGINE
from floe_sdk.schemas.transform import GraphRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from floe_sdk.plugins.host import Platform
    from floe_sdk.schemas.artifacts import CompiledArtifacts


def cache_dir(product_state: Path) -> Path:
    """Where a product's caches are on this machine; deleting it loses nothing but time."""
    return product_state / "cache"


def graph_request(
    platform: Platform,
    *,
    namespace: str,
    profile: Mapping[str, Any],
    versions: Mapping[str, str],
    variables: Mapping[str, Any],
    variables_read: Iterable[str] | None = None,
) -> GraphRequest:
    """The request for the graph of the platform's product; the same for a compile and for the check before a run."""
    context = platform.context
    return GraphRequest(
        product_root=context.product_root,
        project_dir=context.product_root,
        profile=profile,
        namespace=namespace,
        environment=context.environment,
        cache_dir=cache_dir(context.product_state),
        variables=variables,
        versions=versions,
        variables_read=None if variables_read is None else tuple(variables_read),
    )


def compute_versions(plugins: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """From (type, distribution, version) of plugins the versions of the computes', which a graph depends on."""
    return {distribution: version for kind, distribution, version in plugins if kind == PluginType.COMPUTE.value}


def request_of(artifacts: CompiledArtifacts, platform: Platform) -> GraphRequest:
    """The request that an artifact's graph answered. `platform` is the artifact's, with the folders of this machine."""
    computes = [plugin.name for plugin in artifacts.plugins if plugin.type == PluginType.COMPUTE.value]
    return graph_request(
        platform,
        namespace=artifacts.namespace,
        profile=artifacts.profiles[computes[0]] if computes else {},
        versions=compute_versions((plugin.type, plugin.distribution, plugin.version) for plugin in artifacts.plugins),
        variables=artifacts.variables,
        variables_read=artifacts.transforms.variables_read,
    )


def check_unchanged(artifacts: CompiledArtifacts, platform: Platform) -> None:
    """Raise FloeError (exit code 2) when the project is not the one that the artifact was compiled from.

    `platform` is the artifact's, with the environment and the folders of this machine.
    """
    graph = artifacts.transforms
    if graph.engine == FLOE_ENGINE:
        return  # the graph came from floe.yaml, which a run does not read
    request = request_of(artifacts, platform)
    if platform.transform.transform_fingerprint(request=request) != graph.project_hash:
        raise FloeError(
            PROJECT_CHANGED,
            f"the {graph.engine} project of {artifacts.metadata.product} (files, variables, environment or versions) "
            "is not the one that the artifact was compiled from",
            where=str(platform.context.product_root),
            fix=f"compile again: floe compile {_named(platform.context.product_root)}--env {artifacts.environment}",
        )


def _named(product_root: Path) -> str:
    """A product's folder as an argument of `floe compile`; nothing in that folder, and where there is no floe.yaml."""
    here = product_root == Path.cwd() or not (product_root / "floe.yaml").is_file()
    return "" if here else f"{shlex.quote(str(product_root))} "


def check_project(artifacts: CompiledArtifacts, product_root: Path) -> None:
    """Raise what a run of the artifact would be refused with, as the product at `product_root` is not what was
    compiled; connects to nothing. For orchestrators that show a product before they run it."""
    from floe_sdk.plugins.host import Platform
    from floe_sdk.project.locations import context_for

    with Platform.from_artifact(artifacts, context_for(artifacts, product_root)) as platform:
        check_unchanged(artifacts, platform)
