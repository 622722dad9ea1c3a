"""GENERATE: the artifact and the orchestrator's files, written whole or not at all."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.compilation import GENERATED_PATH
from floe_sdk.plugins.types import PluginType
from floe_sdk.project.files import write_atomic
from floe_sdk.schemas.artifact_file import ARTIFACT_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from floe_sdk.plugins.host import Platform
    from floe_sdk.schemas.artifact_file import SealedArtifacts
    from floe_sdk.schemas.artifacts import CompiledArtifacts


def generate(sealed: SealedArtifacts, platform: Platform, target: Path) -> Path:
    """Write the orchestrator's files to `target/<orchestrator>/`, then the artifact; returns the artifact's path.

    The artifact comes last, so that it never speaks of files that are not there. What has not changed is not written
    again: who watches the folder sees only changes. Raises FloeError (exit code 1) for a folder that can't be written.
    """
    artifacts = sealed.artifacts
    for relative, text in _orchestrator_files(artifacts, platform).items():
        _write(target / relative, text.encode())
    path = target / ARTIFACT_NAME
    _write(path, sealed.file_bytes())
    platform.observers.compile_finished(artifacts=artifacts)
    return path


def _orchestrator_files(artifacts: CompiledArtifacts, platform: Platform) -> Mapping[str, str]:
    if not platform.has(PluginType.ORCHESTRATOR):
        return {}
    name = next(plugin.name for plugin in artifacts.plugins if plugin.type == PluginType.ORCHESTRATOR.value)
    files = platform.orchestrator.orchestrator_generate(artifacts=artifacts) or {}
    for relative in files:
        path = PurePosixPath(relative)
        if path.is_absolute() or ".." in path.parts:
            problem = f"orchestrator/{name} wants to write {relative!r}, outside target/{name}/"
            raise FloeError(GENERATED_PATH, problem, fix=GENERATED_PATH.remedy)
    return {f"{name}/{relative}": text for relative, text in files.items()}


def _write(path: Path, data: bytes) -> None:
    try:
        if path.read_bytes() == data:
            return
    except OSError:
        pass  # not there yet, or not readable: writing says what is wrong
    write_atomic(path, data)
