"""The contract of an orchestrator plugin: generate what the engine needs, and run an artifact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.plugins.markers import optional_hook, required_hook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.events import RunFinished
    from floe_sdk.schemas.run import RunRequest


class OrchestratorSpec:
    """Hooks of type `orchestrator`; one plugin a platform."""

    @optional_hook
    def orchestrator_generate(self, artifacts: CompiledArtifacts) -> Mapping[str, str] | None:
        """Files for the engine, path relative to `target/<orchestrator>/` -> text; written atomically by the host."""

    @required_hook
    def orchestrator_run(self, request: RunRequest) -> RunFinished:  # type: ignore[empty-body]  # a specification
        """Run the artifact of `request` by driving `floe_sdk.execute`, so that every engine emits the same events."""
