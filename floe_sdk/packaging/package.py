"""Putting a package together: what goes in, in which place, and what is said of what stays out."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from floe_sdk.compilation.generate import packaged_files
from floe_sdk.errors import FloeError
from floe_sdk.errors.packaging import NOT_PACKAGED
from floe_sdk.packaging.archive import Entry, write_archive
from floe_sdk.packaging.current import MANIFEST_SCHEME, check_current, check_environment
from floe_sdk.packaging.image import dockerfile, entry_point
from floe_sdk.packaging.layout import Layout, included
from floe_sdk.packaging.leaks import check_no_secrets
from floe_sdk.packaging.requirements import WHEELS, Options, Requirements, requirements_of
from floe_sdk.packaging.wheel_file import files_digest
from floe_sdk.plugins.discovery import discover, normalized
from floe_sdk.plugins.host import Platform
from floe_sdk.plugins.types import PluginType
from floe_sdk.project.files import target_dir
from floe_sdk.project.freshness import request_of
from floe_sdk.project.locations import PINNED, context_for
from floe_sdk.project.resolve import resolve
from floe_sdk.runtime.lineage.naming import file_of
from floe_sdk.schemas.artifact_file import ARTIFACT_NAME, read_artifact, seal
from floe_sdk.schemas.graph import FLOE_ENGINE, NodeKind
from floe_sdk.trust.lock import LOCK_NAME, lock_of
from floe_sdk.trust.locked import Vetting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from floe_sdk.schemas.artifacts import CompiledArtifacts


@dataclass(frozen=True)
class Package:
    """A package that was written. `left_out` are the data files that the product's sources read and it lacks."""

    path: Path
    sha256: str
    artifacts: CompiledArtifacts
    files: int
    distributions: int
    wheels: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    warnings: tuple[str, ...] = field(default=())


def package_product(
    spec: Path,
    *,
    env: str | None = None,
    output: Path | None = None,
    include: Sequence[Path] = (),
    options: Options = Options(),  # noqa: B008 - frozen
    locked: bool = False,
) -> Package:
    """Write the package of the product's artifact; equal inputs give equal bytes.

    With `locked`, the plugins here must be those of `plugins.lock.json`. The package has a lock of what it installs.
    Reveals secrets of this machine only to see that none of them is in the package. Raises FloeError where the
    artifact is not what the files compile to now, or something that it needs can't be had.
    """
    context = resolve(spec, env=env).context
    target = target_dir(context)
    artifacts = read_artifact(target)
    where = target / ARTIFACT_NAME
    check_environment(artifacts, env, where)
    vetting = Vetting(target, discover().records) if locked else None
    vetted = vetting.warnings if vetting else ()
    with Platform.from_artifact(artifacts, context_for(artifacts, context.product_root), vet=vetting) as platform:
        check_current(artifacts, platform, spec, where)
        files, data = _files(artifacts, platform), included(include, context.product_root)
        requirements = requirements_of(artifacts, options)
        entries = _entries(artifacts, platform, {**data, **files}, requirements)
        check_no_secrets(entries, platform.secrets)
        literal = any(secret.scheme == MANIFEST_SCHEME for secret in platform.secrets)
    metadata = artifacts.metadata
    path = output or target / f"{metadata.product}-{metadata.product_version}-{artifacts.environment}.tar"
    return Package(
        path=path,
        sha256=write_archive(path, entries),
        artifacts=artifacts,
        files=len({**data, **files}),
        distributions=requirements.count,
        wheels=tuple(wheel.filename for wheel in requirements.wheels),
        left_out=tuple(_left_out(artifacts, context.product_root, set(data) | set(files))),
        warnings=(*vetted, LITERAL) if literal else vetted,
    )


LITERAL = (
    "secrets stand in the manifest itself (--allow-literal-secrets), which is not in the package: refer to them by "
    "{env: NAME} or {file: PATH}, or a run of the package will not find them"
)


def _files(artifacts: CompiledArtifacts, platform: Platform) -> Mapping[str, Path]:
    """The project's files, relative to the product."""
    if artifacts.transforms.engine == FLOE_ENGINE:
        return {}
    found = platform.transform.transform_files(request=request_of(artifacts, platform))
    if found is None:
        raise FloeError(NOT_PACKAGED, NOT_PACKAGED.cause, fix=NOT_PACKAGED.remedy)
    return found


def _entries(
    artifacts: CompiledArtifacts, platform: Platform, files: Mapping[str, Path], requirements: Requirements
) -> dict[str, Entry]:
    metadata = artifacts.metadata
    pinned = metadata.manifest.startswith(PINNED)
    layout = Layout(
        platform.context.product_root, metadata.product, [*files, *(() if pinned else (metadata.platform_root,))]
    )
    has_orchestrator = platform.has(PluginType.ORCHESTRATOR)
    commands = platform.orchestrator.orchestrator_commands(artifacts=artifacts) if has_orchestrator else None
    artifact = layout.place(f"target/{ARTIFACT_NAME}")
    image = dockerfile(
        product=f"{metadata.product} {metadata.product_version}",
        environment=artifacts.environment,
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
        wheels=bool(requirements.wheels),
    )
    script = entry_point(artifact=artifact, pinned=pinned, commands=commands or {})
    generated = packaged_files(artifacts, platform)
    return {
        **{layout.place(relative): Entry(path) for relative, path in files.items()},
        **{layout.place(f"target/{relative}"): Entry(text) for relative, text in generated.items()},
        **{f"{WHEELS}/{wheel.filename}": Entry(wheel.content) for wheel in requirements.wheels},
        artifact: Entry(seal(artifacts).file_bytes()),
        layout.place(f"target/{LOCK_NAME}"): Entry(_lock(platform, requirements).encode()),
        "Dockerfile": Entry(image.encode()),
        "entrypoint.sh": Entry(script.encode(), executable=True),
        "requirements.lock": Entry(requirements.text.encode()),
    }


def _lock(platform: Platform, requirements: Requirements) -> str:
    """The lock of the plugins as they will be installed: those that are bundled from their wheels."""
    wheels = {normalized(wheel.name): wheel for wheel in requirements.wheels}
    records = [plugin.record for plugin in platform.records]
    names = {record.distribution for record in records}
    built = {name: files_digest(wheels[normalized(name)]) for name in names if normalized(name) in wheels}
    return lock_of(records, Path(LOCK_NAME), built).text()


def _left_out(artifacts: CompiledArtifacts, product_root: Path, inside: set[str]) -> Iterator[str]:
    """The files, or folders for patterns, that sources read and the package lacks; relative to the product."""
    project = product_root / artifacts.transforms.root
    places = {
        file_of(node.source_location, project)
        for node in artifacts.transforms.nodes
        if node.kind is NodeKind.SOURCE and node.source_location
    }
    for place in sorted(places):
        if "://" in place:
            continue
        relative = os.path.relpath(place, product_root).replace(os.sep, "/")
        if not any(name == relative or name.startswith(f"{relative}/") for name in inside):
            yield relative if not relative.startswith("..") else place
