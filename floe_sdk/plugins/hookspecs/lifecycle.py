"""Hooks that a plugin of any type may implement: its own life cycle, and to observe the pipeline and the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.plugins.markers import hookspec, optional_hook

if TYPE_CHECKING:
    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.events import Health, NodeFinished, RunFinished, RunStarted


class LifecycleSpec:
    """Of one plugin, asked by the host."""

    @optional_hook
    def plugin_health(self, timeout: float) -> Health | None:
        """Do a real round trip (a query, a write and a read) within `timeout` seconds and say how it went."""

    @optional_hook
    def plugin_close(self) -> None:
        """Let go of connections; called once when the platform is closed."""


class ObserverSpec:
    """Broadcast to every selected plugin; delivery is isolated: one that raises or hangs changes nothing else."""

    @hookspec
    def compile_finished(self, artifacts: CompiledArtifacts) -> None:
        """An artifact was compiled and written."""

    @hookspec
    def run_started(self, event: RunStarted) -> None:
        """A run began."""

    @hookspec
    def node_finished(self, run_id: str, event: NodeFinished) -> None:
        """A node of a run ended."""

    @hookspec
    def run_finished(self, event: RunFinished) -> None:
        """A run ended, also one that failed or was interrupted."""
