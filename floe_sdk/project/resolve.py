"""LOAD and VALIDATE: from the files to everything that holds for a product in an environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from floe_sdk.errors import FloeError, raise_all
from floe_sdk.errors.documents import UNKNOWN_ENVIRONMENT
from floe_sdk.project.checking import problem, validate
from floe_sdk.project.document import Document
from floe_sdk.project.environments import FALLBACK, choose_environment
from floe_sdk.project.finding import PIN, find_manifest, find_spec
from floe_sdk.project.locations import make_context
from floe_sdk.project.manifests import load_manifests
from floe_sdk.project.platform import check_approved, command_line_governance, merge_platform
from floe_sdk.project.product import merge_product
from floe_sdk.project.resolved import Origin, ResolvedProduct
from floe_sdk.project.selections import selections
from floe_sdk.project.stricter import check_naming, tighten
from floe_sdk.project.transforms import check_computes, check_cycles
from floe_sdk.project.yaml import read_yaml
from floe_sdk.schemas.fields import nearest
from floe_sdk.schemas.governance import Governance, ResolvedGovernance
from floe_sdk.schemas.manifest import PartialManifest, Plugins, ResourcePreset
from floe_sdk.schemas.observability import ObservabilityConfig
from floe_sdk.schemas.spec import FloeSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from floe_sdk.project.document import KeyPath
    from floe_sdk.project.layers import Merged, Source
    from floe_sdk.project.manifests import LoadedManifest
    from floe_sdk.project.platform import MergedPlatform
    from floe_sdk.project.product import MergedProduct
    from floe_sdk.schemas.manifest import Manifest


def resolve(
    spec: Path | None = None,
    *,
    env: str | None = None,
    manifest: Path | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> ResolvedProduct:
    """Read floe.yaml (`spec`, its folder, or the working directory's) and the manifest, check and merge them.

    `env` is `--env`, `manifest` replaces the product's own choice, `overrides` is a partial manifest from the command
    line. Imports no plugin, looks at no secret, writes nothing. Raises FloeError with all problems.
    """
    return merge(load(spec, manifest=manifest), env=env, overrides=overrides)


@dataclass(frozen=True)
class Documents:
    """floe.yaml and the chain of manifests, the topmost first: each valid by itself, nothing merged."""

    document: Document
    spec: FloeSpec
    chain: tuple[LoadedManifest, ...]


def merge(
    documents: Documents, *, env: str | None = None, overrides: Mapping[str, Any] | None = None
) -> ResolvedProduct:
    """The second half of `resolve`: check the documents against each other and merge them."""
    document, model, chain = documents.document, documents.spec, documents.chain
    environment, origin = choose_environment(chain, env)
    check_approved(chain, environment, model.metadata.name)
    product = merge_product(document, model, environment)
    command_line = _overrides(overrides)
    platform = merge_platform(chain, environment, command_line)
    platform.warnings += product.warnings
    platform.warnings += tighten(platform.governance, product.governance)
    platform.warnings += tighten(platform.governance, command_line_governance(command_line))
    chosen = selections(platform.values, chain[-1].document.path, platform.offered)
    computes = [selection.name for selection in chosen if selection.type.value == "compute"]
    raise_all(
        [
            *check_naming(platform.governance),
            *check_computes(product.spec.transforms, computes, product.locate),
            *check_cycles(product.spec.transforms, product.locate),
            *_unknown_environments(document, product.spec, chain),
        ]
    )
    effective = _effective_manifest(chain[-1].model, platform)
    context = make_context(
        platform=effective.metadata.name,
        product=model.metadata.name,
        environment=environment,
        manifest=chain[-1].document.path,
        product_root=document.path.parent,
    )
    return ResolvedProduct(
        manifest=effective,
        manifest_path=chain[-1].document.path,
        spec=product.spec,
        spec_path=document.path,
        environment=environment,
        governance=ResolvedGovernance.model_validate(_compact(platform.governance.data)),
        observability=effective.observability or ObservabilityConfig(),
        plugins=tuple(chosen),
        context=context,
        origins={"environment": origin, **_origins(platform, product, chain)},
        approved_plugins=platform.approved_plugins,
        resources=platform.values.get(("resource_presets",)) or {},
        warnings=(*platform.warnings, *_notes(product)),
        locate=product.locate,
    )


def load(spec_path: Path | None = None, *, manifest: Path | None = None) -> Documents:
    """The first half of `resolve`: read and check each document by itself; all problems are raised together."""
    problems: list[FloeError] = []
    document = read_yaml(find_spec(spec_path))
    spec: FloeSpec | None = None
    chain: tuple[LoadedManifest, ...] = ()
    try:
        spec = validate(document, FloeSpec, "FloeSpec")
    except FloeError as error:
        problems.append(error)
    try:
        chain = load_manifests(find_manifest(document, manifest))
    except FloeError as error:
        problems.append(error)
    raise_all(problems)
    if spec is None:  # pragma: no cover - then a problem was raised
        raise AssertionError
    return Documents(document, spec, chain)


def _effective_manifest(own: Manifest, platform: MergedPlatform) -> Manifest:
    """The manifest as it holds in the environment, parents and defaults included."""
    values = platform.values
    plugins = {kind: list(entries.values()) for kind, entries in (values.get(("plugins",)) or {}).items()}
    presets = values.get(("resource_presets",)) or {}
    return own.model_copy(
        update={
            "plugins": Plugins.model_validate(plugins),
            "observability": ObservabilityConfig.model_validate(values.get(("observability",)) or {}),
            "governance": Governance.model_validate(_compact(platform.governance.data)),
            "resource_presets": {name: ResourcePreset.model_validate(preset) for name, preset in presets.items()},
            "approved_plugins": platform.approved_plugins,
        }
    )


def _overrides(values: Mapping[str, Any] | None) -> PartialManifest | None:
    """The command line's values as a partial manifest; raises FloeError for what that can't be."""
    if values is None:
        return None
    document = Document(Path("command line"), {"apiVersion": "floe.dev/v1", "kind": "Manifest", **values})
    try:
        return PartialManifest.model_validate(values)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    raise_all(problem(document, PartialManifest, "Manifest", detail) for detail in details)
    raise AssertionError  # pragma: no cover - pydantic's error lists at least one problem


def _compact(data: Mapping[str, Any]) -> dict[str, Any]:
    """Without keys that were written as null."""
    return {
        key: _compact(value) if isinstance(value, dict) else value for key, value in data.items() if value is not None
    }


def _unknown_environments(document: Document, spec: FloeSpec, chain: tuple[LoadedManifest, ...]) -> list[FloeError]:
    """A product's environment that the platform lacks can never be chosen: most likely a misspelt name."""
    known = {FALLBACK, *(name for manifest in chain for name in manifest.model.environments)}
    problems = []
    for name in spec.environments:
        if name not in known:
            guess = nearest(name, known)
            fix = f"did you mean `{guess}`?" if guess else f"known: {', '.join(sorted(known))}"
            where = document.locate(("environments", name), key=True)
            problem = f"the platform has no environment `{name}`"
            problems.append(FloeError(UNKNOWN_ENVIRONMENT, problem, where=where, fix=fix))
    return problems


def _notes(product: MergedProduct) -> list[str]:
    if not product.spec.destinations:
        return []
    where = product.document.locate(("destinations",), key=True)
    return [f"{where}: `destinations` are recorded in the artifact; no plugin delivers to them yet"]


def _origins(platform: MergedPlatform, product: MergedProduct, chain: tuple[LoadedManifest, ...]) -> dict[str, Origin]:
    """The origin of every leaf of plugins, observability, presets, governance and schedule, by dotted key."""
    root = product.document.path.parent
    origins: dict[str, Origin] = {}
    for merged, prefix in (
        (platform.values, ()),
        (platform.governance, ("governance",)),
        (product.schedule, ("schedule",)),
    ):
        origins |= _leaf_origins(merged, prefix, root)
    manifest = chain[-1].document
    origins["platform"] = _origin_of(manifest, ("metadata",), root)
    for name in manifest.data.get("metadata", {}):
        origins[f"platform.{name}"] = _origin_of(manifest, ("metadata", name), root)
    origins["platform.manifest"] = _manifest_origin(product.document, root)
    for name in sorted(product.spec.metadata.model_fields_set):
        origins[f"metadata.{name}"] = _origin_of(product.document, ("metadata", name), root)
    return origins


def _manifest_origin(document: Document, root: Path) -> Origin:
    if os.environ.get(PIN):
        return Origin(PIN)
    path: KeyPath = ("platform", "manifest")
    return Origin("found") if document.value(path) is None else _origin_of(document, path, root)


def _leaf_origins(merged: Merged, prefix: tuple[str, ...], root: Path) -> dict[str, Origin]:
    found = {}
    for path, (source, key) in merged.origins.items():
        if isinstance(merged.get(path), dict) and merged.get(path):
            continue
        found[".".join(map(str, (*prefix, *path)))] = _origin(source, key, root)
    return found


def _origin(source: Source, key: KeyPath, root: Path) -> Origin:
    return _origin_of(source.document, key, root) if source.document else Origin(source.name)


def _origin_of(document: Document, key: KeyPath, root: Path) -> Origin:
    where = document.locate(key)
    written = ".".join(str(step) for step in document.written(key))
    return Origin(str(where), os.path.relpath(document.path, root).replace(os.sep, "/"), written, where)
