"""RESOLVE: the selected plugins, each configuration validated, and the graph of the project."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from floe_sdk.compilation import graph_cache
from floe_sdk.compilation.engine_warnings import engine_warnings
from floe_sdk.compilation.plain import plain
from floe_sdk.compilation.transforms import check_order, graph_of_transforms, merge_transforms
from floe_sdk.errors import FloeError
from floe_sdk.errors.compilation import MACHINE_PATH, NO_TRANSFORMS
from floe_sdk.observability.redaction import redactor
from floe_sdk.plugins.host import Platform
from floe_sdk.plugins.selection import PluginSelection
from floe_sdk.plugins.types import PluginType
from floe_sdk.project.files import writable_folder
from floe_sdk.project.freshness import cache_dir, compute_versions, graph_request
from floe_sdk.schemas.artifacts import ArtifactPlugin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from floe_sdk.plugins.host import LoadedPlugin, Vet
    from floe_sdk.project.resolved import ResolvedProduct
    from floe_sdk.schemas.graph import Graph

BUILTIN_POLICY = "builtin"
PROJECT_NOT_FOUND = "FLOE-T001"


@dataclass(frozen=True)
class Resolution:
    """What RESOLVE adds to the documents: the graph, the plugins as the artifact holds them, a profile each compute.

    `cached` says that the graph was not asked for again.
    """

    graph: Graph
    namespace: str
    plugins: tuple[ArtifactPlugin, ...]
    profiles: Mapping[str, Mapping[str, Any]]
    floe_version: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    cached: bool = False
    warnings: tuple[str, ...] = ()


def load_platform(product: ResolvedProduct, *, literal_secrets: bool = False, vet: Vet | None = None) -> Platform:
    """Import and configure what the product's manifest selects, and the built-in rules; all problems at once."""
    selections = list(product.plugins)
    if not any((each.type, each.name) == (PluginType.POLICY, BUILTIN_POLICY) for each in selections):
        selections.append(PluginSelection(PluginType.POLICY, BUILTIN_POLICY))
    return Platform.load(
        selections, product.context, approved=product.approved_plugins, literal_secrets=literal_secrets, vet=vet
    )


def resolve(
    product: ResolvedProduct, platform: Platform, variables: Mapping[str, Any] = MappingProxyType({})
) -> Resolution:
    """The graph, with floe.yaml's `transforms` on it, and what the artifact says of plugins and profiles.

    `variables` are those of the command line, over the transform plugin's own.
    """
    namespace = platform.catalog.catalog_namespace()
    computes = platform.each(PluginType.COMPUTE)
    profiles = {name: plain(dict(hooks.compute_profile(namespace=namespace))) for name, hooks in computes}
    _check_paths(product, profiles)
    graph, cached, warnings = _graph(product, platform, namespace, profiles, variables)
    _check_tables(platform, graph)
    return Resolution(
        graph=graph,
        namespace=namespace,
        plugins=_plugins(platform.records, product.plugins),
        profiles=profiles,
        floe_version=_floe_version(platform),
        variables=variables,
        cached=cached,
        warnings=(*(warning.as_warning() for warning in platform.warnings), *warnings),
    )


def _graph(
    product: ResolvedProduct,
    platform: Platform,
    namespace: str,
    profiles: Mapping[str, Mapping[str, Any]],
    variables: Mapping[str, Any],
) -> tuple[Graph, bool, tuple[str, ...]]:
    spec, owner = product.spec, product.spec.metadata.owner
    default = next(iter(profiles.values()), {})
    warnings: tuple[str, ...] = ()
    try:
        found, cached, warnings = _project_graph(platform, namespace, default, variables)
    except FloeError as error:
        if error.code.id != PROJECT_NOT_FOUND or not spec.transforms:
            raise
        found, cached = None, False
        warnings = (f"{error.problem}: the graph is what `transforms` in floe.yaml say, and nothing of it is measured",)
    if found is None:
        if not spec.transforms:
            raise FloeError(NO_TRANSFORMS, NO_TRANSFORMS.cause, where=str(product.spec_path), fix=NO_TRANSFORMS.remedy)
        if variables:
            warnings = (*warnings, "`--vars` changes nothing: there is no project that reads them")
        graph = graph_of_transforms(
            product.context.product_slug,
            spec.transforms,
            namespace=namespace,
            version=spec.metadata.version,
            locate=product.locate,
            owner=owner,
        )
        return graph, cached, warnings
    graph = merge_transforms(found, spec.transforms, owner=owner, locate=product.locate)
    return graph, cached, warnings


def _project_graph(
    platform: Platform, namespace: str, profile: Mapping[str, Any], variables: Mapping[str, Any]
) -> tuple[Graph | None, bool, tuple[str, ...]]:
    """The transform plugin's graph, from the cache where its fingerprint is known; None without such a plugin."""
    if not platform.has(PluginType.TRANSFORM):
        return None, False, ()
    records = [(each.record.type, each.record.distribution, each.record.version) for each in platform.records]
    versions = compute_versions(records)
    request = graph_request(platform, namespace=namespace, profile=profile, versions=versions, variables=variables)
    folder = cache_dir(platform.context.product_state)
    fingerprint = platform.transform.transform_fingerprint(request=request)
    known = graph_cache.load(folder, fingerprint)
    if known is not None:
        return known, True, engine_warnings(platform, known.engine, graph_cache.load_warnings(folder, fingerprint))
    writable_folder(folder)  # the engine keeps caches of its own there
    told: dict[str, None] = {}
    graph = platform.transform.transform_graph(request=replace(request, warned=told.setdefault))
    check_order(graph, platform.context.product_root)
    graph_cache.store(folder, graph, [redactor.redact(text) for text in told])
    return graph, False, engine_warnings(platform, graph.engine, told)


def _check_tables(platform: Platform, graph: Graph) -> None:
    """Have the catalog refuse what it could not hold, before anything is written."""
    tables = [(node.namespace, node.table) for node in graph.nodes if node.published and node.namespace and node.table]
    platform.catalog.catalog_check(tables=tables, storage=platform.storage.storage_access())


def _plugins(records: Sequence[LoadedPlugin], selected: Sequence[PluginSelection]) -> tuple[ArtifactPlugin, ...]:
    """Sorted by type; within one in the manifest's order, since the first compute is the default one."""
    order = {selection.identity: index for index, selection in enumerate(selected)}
    ranked = sorted(
        records, key=lambda each: (each.type.value, order.get(each.record.identity, len(order)), each.record.name)
    )
    return tuple(
        ArtifactPlugin(
            type=each.type.value,
            name=each.record.name,
            distribution=each.record.distribution,
            version=each.record.version,
            config=each.config,
        )
        for each in ranked
    )


def _floe_version(platform: Platform) -> str:
    """The version of floe-sdk, which the built-in rules come with: they are always selected."""
    return next(
        each.record.version
        for each in platform.records
        if (each.type, each.record.name) == (PluginType.POLICY, BUILTIN_POLICY)
    )


def _check_paths(product: ResolvedProduct, profiles: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse a profile that is right on one machine only: one that names the product's or the platform's folder."""
    roots = {str(product.context.product_root), str(product.context.platform_root)} - {"/"}
    for name, profile in profiles.items():
        for text in _texts(profile):
            if any(text == root or text.startswith(f"{root}/") for root in roots):
                problem = f"the profile of compute/{name} holds {text!r}, a path of this machine"
                raise FloeError(MACHINE_PATH, problem, fix=MACHINE_PATH.remedy)


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [value] if isinstance(value, str) else []
