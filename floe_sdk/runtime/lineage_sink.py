"""Lineage as one of the sinks of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.plugins.types import PluginType
from floe_sdk.runtime.lineage import LineageEmitter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from floe_sdk.plugins.host import Platform
    from floe_sdk.runtime.session import Session
    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.events import NodeFinished, NodeStarted, PublishedTable, RunFinished, RunStarted
    from floe_sdk.schemas.graph import Node
    from floe_sdk.schemas.session import Publication, TableVersion


class LineageSink:
    """Tells the emitter at the right moments; the caller holds the product's lock."""

    def __init__(self, platform: Platform, artifacts: CompiledArtifacts, session: Session) -> None:
        sinks = dict(platform.each(PluginType.LINEAGE))
        self._emitter = LineageEmitter(
            artifacts,
            session.run_id,
            state_dir=platform.context.product_state,
            product_root=platform.context.product_root,
            sinks={name: hooks.lineage_emit for name, hooks in sinks.items()},
            flushes={name: hooks.lineage_flush for name, hooks in sinks.items()},
            publisher=_WhenNeeded(session),
            catalog=platform.catalog.catalog_access(storage=session.storage),
        )

    def run_started(self, event: RunStarted) -> None:
        """START of the run."""
        self._emitter.emit_start(event)

    def node_started(self, event: NodeStarted) -> None:
        """START of a node."""
        self._emitter.emit_start(event)

    def node_finished(self, event: NodeFinished) -> None:
        """The node's one end."""
        self._emitter.emit_end(event)

    def run_finished(self, event: RunFinished) -> None:
        """The run's one end, after those of the nodes that are still open."""
        self._emitter.emit_end(event)

    def flush(self, timeout: float) -> list[str]:
        """Wait for the backends; a line for each that has not taken everything."""
        missing = self._emitter.close(timeout)
        return [
            f"lineage/{name} has not taken {number} events: the next run sends them" for name, number in missing.items()
        ]


class _WhenNeeded:
    """The session's publisher, connected when it is asked: a catalog that is away must not silence START."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def published(self) -> Mapping[str, PublishedTable]:
        return self._session.publisher.published

    def load(self, namespace: str, table: str) -> TableVersion | None:
        return self._session.publisher.load(namespace, table)

    def upstream(self, node: Node) -> TableVersion:
        return self._session.publisher.upstream(node)

    def tables(self, namespace: str) -> Sequence[str]:
        return self._session.publisher.tables(namespace)

    def begin(self, namespace: str, table: str, node_id: str) -> Publication:
        return self._session.publisher.begin(namespace, table, node_id)

    def drop(self, namespace: str, table: str, node_id: str) -> bool:
        return self._session.publisher.drop(namespace, table, node_id)
