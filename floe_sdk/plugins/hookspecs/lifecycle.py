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
        """Do a real round trip (a query, a write and a read) within `timeout` seconds and say how it went.

        When: `floe health`, side by side with all other plugins.
        Caller: `floe health`.
        Thread: One of its own.
        Deadline: `timeout`, nine tenths of what `--timeout` says (10 s, so 9): use all of it and still be heard. Who
            has not answered when the whole time is over is a fault, and left behind.
        Errors: FloeError is a fault with its remedy; anything else a fault with its text. None, or no such hook, is
            told as no check, which is no fault.
        """

    @optional_hook
    def plugin_close(self) -> None:
        """Let go of connections.

        When: Once, when the command or the run is done with the platform.
        Caller: `Platform.close()`.
        Thread: The command's.
        Deadline: None.
        Errors: What is raised is logged; the others are closed all the same.
        """


class ObserverSpec:
    """Broadcast to every selected plugin; delivery is isolated: one that raises or hangs changes nothing else."""

    @hookspec
    def compile_finished(self, artifacts: CompiledArtifacts) -> None:
        """An artifact was compiled and written.

        When: Compiling, after all files are written.
        Caller: GENERATE.
        Thread: The plugin's own.
        Deadline: The command waits for 3 s at its end.
        Errors: What is raised is logged once, and changes nothing.
        """

    @hookspec
    def run_started(self, event: RunStarted) -> None:
        """A run began.

        When: Once a run, before the first node.
        Caller: `floe_sdk.execute`.
        Thread: The plugin's own.
        Deadline: `observability.flush_timeout` at the end of the run.
        Errors: What is raised, `SystemExit` too, is logged once, and a warning at the end of the run.
        """

    @hookspec
    def node_finished(self, run_id: str, event: NodeFinished) -> None:
        """A node of a run ended.

        When: For each node that ended, in this order; not for one that was interrupted.
        Caller: `floe_sdk.execute`.
        Thread: The plugin's own, one event at a time.
        Deadline: `observability.flush_timeout` at the end of the run.
        Errors: What is raised, `SystemExit` too, is logged once, and a warning at the end of the run.
        """

    @hookspec
    def run_finished(self, event: RunFinished) -> None:
        """A run ended, also one that failed or was interrupted.

        When: Once a run, as the last.
        Caller: `floe_sdk.execute`.
        Thread: The plugin's own.
        Deadline: `observability.flush_timeout` at the end of the run.
        Errors: What is raised, `SystemExit` too, is logged once, and a warning at the end of the run.
        """
