"""The contract of an orchestrator plugin: generate what the engine needs, and run an artifact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.plugins.markers import optional_hook, required_hook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.events import RunFinished
    from floe_sdk.schemas.run import RunRequest


class OrchestratorSpec:
    """Hooks of type `orchestrator`; one plugin a platform."""

    @optional_hook
    def orchestrator_generate(
        self, artifacts: CompiledArtifacts, folder: Path, shared: Path
    ) -> Mapping[str, str] | None:
        """Files for the engine, path relative to `target/<orchestrator>/` -> text; written atomically by the host.

        `folder` is that folder on this machine, below the product's or, where `FLOE_STATE_DIR` is set, below that; the
        artifact comes to lie in its parent. `shared` is the platform's, of `orchestrator_workspace`: the same folder
        where manifest.yaml lies beside floe.yaml.
        """

    @optional_hook
    def orchestrator_workspace(
        self, artifacts: CompiledArtifacts, folder: Path, shared: Path
    ) -> Mapping[str, str] | None:
        """Files that all products of a platform share, path relative to `shared` -> text.

        `shared` is `target/<orchestrator>/` beside manifest.yaml. Called when the files of `orchestrator_generate` and
        the artifact are written: read what is there, add this product, and leave out what is gone. The host asks again
        while no other compile can write there, and writes what is new atomically; a folder that can't be written is a
        warning.
        """

    @required_hook
    def orchestrator_run(self, request: RunRequest) -> RunFinished:  # type: ignore[empty-body]  # a specification
        """Run the artifact of `request` by driving `floe_sdk.execute`, so that every engine emits the same events."""

    @optional_hook
    def orchestrator_commands(self, artifacts: CompiledArtifacts) -> Mapping[str, Sequence[str]] | None:
        """Commands that serve a package to the engine, name -> words, for the entry point of `floe package`.

        They find the artifact by `FLOE_ARTIFACT`; the first of them is the one that people will mean.
        """
