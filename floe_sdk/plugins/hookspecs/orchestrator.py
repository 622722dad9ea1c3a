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

        When: Compiling, before the artifact is written; `floe package`.
        Caller: GENERATE.
        Thread: The command's.
        Deadline: None.
        Errors: A path that leads out of the folder is FLOE-C012. FloeError is told as it is and ends the command;
            anything else is told as unexpected, exit code 1.
        """

    @optional_hook
    def orchestrator_workspace(
        self, artifacts: CompiledArtifacts, folder: Path, shared: Path
    ) -> Mapping[str, str] | None:
        """Files that all products of a platform share, path relative to `shared` -> text.

        `shared` is `target/<orchestrator>/` beside manifest.yaml. Read what is there, add this product, and leave out
        what is gone; the host writes what is new atomically.

        When: Compiling, after the artifact is written; a second time, while no other compile can write there, where
            something is new.
        Caller: GENERATE.
        Thread: The command's.
        Deadline: None; another compile is waited for 10 s.
        Errors: A folder that can't be written is a warning. FloeError is told as it is and ends the command; anything
            else is told as unexpected, exit code 1.
        """

    @required_hook
    def orchestrator_run(self, request: RunRequest) -> RunFinished:
        """Run the artifact of `request` by driving `floe_sdk.execute`, so that every engine emits the same events.

        When: `floe run`.
        Caller: `floe run`.
        Thread: The command's, which is the main one.
        Deadline: None.
        Errors: A run that failed is an answer (`RunFinished`), no exception. FloeError is told as it is and ends the
            command; anything else is told as unexpected, exit code 1.
        """

    @optional_hook
    def orchestrator_commands(self, artifacts: CompiledArtifacts) -> Mapping[str, Sequence[str]] | None:
        """Commands that serve a package to the engine, name -> words, for the entry point of `floe package`.

        They find the artifact by `FLOE_ARTIFACT`; the first of them is the one that people will mean.

        When: `floe package`.
        Caller: `floe package`.
        Thread: The command's.
        Deadline: None.
        Errors: FloeError is told as it is and ends the command; anything else is told as unexpected, exit code 1.
        """
