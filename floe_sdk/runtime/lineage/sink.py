"""Lineage as one of those who hear of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.plugins.types import PluginType
from floe_sdk.runtime.lineage.emitter import LineageEmitter

if TYPE_CHECKING:
    from floe_sdk.plugins.host import Platform
    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.events import NodeFinished, NodeStarted, RunFinished, RunStarted
    from floe_sdk.schemas.session import Publisher


class LineageSink:
    """Drives a `LineageEmitter` with the platform's lineage plugins; made while the product's lock is held.

    `publisher` is the session's: it is asked where tables are that the run only reads.
    """

    def __init__(self, platform: Platform, artifacts: CompiledArtifacts, run_id: str, publisher: Publisher) -> None:
        plugins = dict(platform.each(PluginType.LINEAGE)) if artifacts.observability.lineage.enabled else {}
        context = platform.context
        access = platform.catalog.catalog_access(platform.storage.storage_access()) if plugins else None
        self.emitter = LineageEmitter(
            artifacts,
            run_id,
            state_dir=context.product_state,
            product_root=context.product_root,
            sinks={f"lineage/{name}": hooks.lineage_emit for name, hooks in plugins.items()},
            flushes={f"lineage/{name}": hooks.lineage_flush for name, hooks in plugins.items()},
            publisher=publisher,
            catalog=access,
        )

    def run_started(self, event: RunStarted) -> None:
        """START of the run."""
        self.emitter.emit_start(event)

    def node_started(self, event: NodeStarted) -> None:
        """START of a node."""
        self.emitter.emit_start(event)

    def node_finished(self, event: NodeFinished) -> None:
        """The end of a node."""
        self.emitter.emit_end(event)

    def run_finished(self, event: RunFinished) -> None:
        """The end of the run, after those of its nodes."""
        self.emitter.emit_end(event)

    def flush(self, timeout: float) -> list[str]:
        """Wait for the backends; a line for each that has not taken everything."""
        missing = self.emitter.close(timeout)
        return [f"{name} has not taken {number} events; the next run sends them" for name, number in missing.items()]
