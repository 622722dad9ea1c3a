"""GENERATE: the artifact and the orchestrator's files, written whole or not at all."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from floe_sdk.errors import FloeError
from floe_sdk.errors.compilation import CANNOT_WRITE, GENERATED_PATH
from floe_sdk.plugins.types import PluginType
from floe_sdk.project.files import cannot_write, platform_target_dir, target_dir, write_atomic
from floe_sdk.schemas.artifact_file import ARTIFACT_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from floe_sdk.plugins.host import Platform
    from floe_sdk.schemas.artifact_file import SealedArtifacts
    from floe_sdk.schemas.artifacts import CompiledArtifacts

LOCK_NAME = ".lock"
LOCK_WAIT = 10.0
"""How many seconds a compile waits for others that write to the platform's folder: each takes milliseconds."""


class Generated(NamedTuple):
    """The artifact's path, and what could not be written though the product is complete without it."""

    path: Path
    warnings: tuple[str, ...] = ()


def generate(sealed: SealedArtifacts, platform: Platform) -> Generated:
    """Write the orchestrator's files to `target/<orchestrator>/`, then the artifact, then what all products share.

    The artifact comes after the files, so that it never speaks of some that are not there. What has not changed is not
    written again: who watches the folder sees only changes. Raises FloeError (exit code 1) for a product's folder that
    can't be written; the platform's folder, which may belong to somebody else, is a warning.
    """
    artifacts = sealed.artifacts
    target, shared = target_dir(platform.context), platform_target_dir(platform.context)
    has_orchestrator = platform.has(PluginType.ORCHESTRATOR)
    orchestrator = _Orchestrator(artifacts, platform, target, shared) if has_orchestrator else None
    if orchestrator is not None:
        for path, text in orchestrator.own().items():
            _write(path, text)
    path = target / ARTIFACT_NAME
    _write(path, sealed.file_bytes())
    warnings = orchestrator.share() if orchestrator is not None else ()
    platform.observers.compile_finished(artifacts=artifacts)
    return Generated(path, warnings)


def packaged_files(artifacts: CompiledArtifacts, platform: Platform) -> dict[str, bytes]:
    """The orchestrator's files, path relative to `target/` -> text, of a product that stands alone in its package."""
    if not platform.has(PluginType.ORCHESTRATOR):
        return {}
    target = platform.context.product_root / "target"
    nobody = target / "platform"  # what is in the platform's folder here is of this machine
    orchestrator = _Orchestrator(artifacts, platform, target, nobody)
    return {path.relative_to(target).as_posix(): text for path, text in orchestrator.own().items()}


class _Orchestrator:
    """The files of the selected orchestrator: of the product, and of the platform's products together."""

    def __init__(self, artifacts: CompiledArtifacts, platform: Platform, target: Path, shared: Path) -> None:
        self.name = next(plugin.name for plugin in artifacts.plugins if plugin.type == PluginType.ORCHESTRATOR.value)
        self.folder = target / self.name
        self.shared = shared / self.name
        self._hooks = platform.orchestrator
        self._artifacts = artifacts

    def own(self) -> dict[Path, bytes]:
        return self._files(self._hooks.orchestrator_generate, self.folder)

    def share(self) -> tuple[str, ...]:
        """Write what all products share, one compile at a time; says what could not be written."""
        if not _changed(self._shared_files()):
            return ()
        try:
            self._write_shared()
        except FloeError as error:
            if error.code is not CANNOT_WRITE:
                raise
            without = f"what the products of the platform share for {self.name} does not name this one"
            return (f"{error.problem} in {self.shared}: {without}",)
        return ()

    def _write_shared(self) -> None:
        from filelock import FileLock, Timeout

        lock = self.shared / LOCK_NAME
        try:
            self.shared.mkdir(parents=True, exist_ok=True)
            with FileLock(lock, timeout=LOCK_WAIT):
                for path, text in self._shared_files().items():  # again: others may have written meanwhile
                    _write(path, text)
        except Timeout:
            problem = f"another process has held the lock for {LOCK_WAIT:g} s"
            raise FloeError(CANNOT_WRITE, problem, where=str(lock), fix="compile again when it has ended") from None
        except OSError as error:
            raise cannot_write(lock, error) from error

    def _shared_files(self) -> dict[Path, bytes]:
        return self._files(self._hooks.orchestrator_workspace, self.shared)

    def _files(self, hook: Callable[..., Mapping[str, str] | None], root: Path) -> dict[Path, bytes]:
        files = hook(artifacts=self._artifacts, folder=self.folder, shared=self.shared) or {}
        for relative in files:
            path = PurePosixPath(relative)
            if path.is_absolute() or ".." in path.parts:
                problem = f"orchestrator/{self.name} wants to write {relative!r}, outside target/{self.name}/"
                raise FloeError(GENERATED_PATH, problem, fix=GENERATED_PATH.remedy)
        return {root / relative: text.encode() for relative, text in files.items()}


def _changed(files: Mapping[Path, bytes]) -> bool:
    return any(not _holds(path, data) for path, data in files.items())


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except OSError:
        return False  # not there yet, or not readable: writing says what is wrong


def _write(path: Path, data: bytes) -> None:
    if not _holds(path, data):
        write_atomic(path, data)
