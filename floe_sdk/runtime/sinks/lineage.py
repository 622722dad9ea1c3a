"""Lineage as one of the sinks of a run."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from floe_sdk.plugins.types import PluginType
from floe_sdk.runtime.lineage import LineageEmitter
from floe_sdk.schemas.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from floe_sdk.plugins.host import Platform
    from floe_sdk.runtime.lineage.emitter import ColumnSources
    from floe_sdk.runtime.lineage.sending import SinkReport
    from floe_sdk.runtime.session import Session
    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.events import NodeFinished, NodeStarted, PublishedTable, RunFinished, RunStarted
    from floe_sdk.schemas.graph import Node
    from floe_sdk.schemas.session import Publication, TableVersion

_log = logging.getLogger("floe_sdk.lineage")
_SHARE = 0.9
"""Of the end's deadline: what is left is for the report, so that it is not said to hang."""


class LineageSink:
    """Tells the emitter at the right moments; the caller holds the product's lock."""

    def __init__(self, platform: Platform, artifacts: CompiledArtifacts, session: Session) -> None:
        sinks = dict(platform.each(PluginType.LINEAGE))
        self._limits = drain_limits(platform)
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

    def column_sources(self, node_id: str) -> ColumnSources:
        """What the columns of a node that ended are made from."""
        return self._emitter.column_sources(node_id)

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
        self._emitter.close(timeout * _SHARE, self._limits)
        return [line for report in self._emitter.reports for line in told(report)]


def drain_limits(platform: Platform) -> dict[str, float]:
    """The seconds that a sink may take at the end of a run, by name, where its plugin limits them."""
    limits = {}
    for name, hooks in platform.each(PluginType.LINEAGE):
        try:
            seconds = hooks.lineage_drain_timeout()
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and lineage never fails a run
            _log.debug("lineage/%s does not say how long it may take: %s", name, error)
            continue
        if seconds is not None:
            limits[name] = float(seconds)
    return limits


def told(report: SinkReport) -> list[str]:
    """What is said to people of a sink that has not taken everything: what was kept, and how to send it."""
    who, why = f"lineage/{report.name}", f" ({report.error})" if report.error else ""
    lines = []
    if report.waiting:
        what = f"{counted(report.waiting, 'event')} kept on disk, not sent yet{why}"
        lines.append(f"{who}: {what}; `floe lineage flush`, or the next run, sends them")
    if report.lost:
        lines.append(f"{who}: {counted(report.lost, 'event')} lost: neither sent{why} nor kept, the disk took none")
    if report.refused:
        what = f"{counted(report.refused, 'event')} refused for good ({report.refusal}) and set aside"
        lines.append(f"{who}: {what}; `floe lineage show --set-aside` lists them")
    return lines


class _WhenNeeded:
    """The session's publisher, connected when it is asked: a catalog that is away must not silence START."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def published(self) -> Mapping[str, PublishedTable]:
        return self._session.publisher.published

    def load(self, namespace: str, table: str) -> TableVersion | None:
        return self._session.publisher.load(namespace, table)

    def load_foreign(self, namespace: str, table: str) -> TableVersion | None:
        return self._session.publisher.load_foreign(namespace, table)

    def upstream(self, node: Node) -> TableVersion:
        return self._session.publisher.upstream(node)

    def tables(self, namespace: str) -> Sequence[str]:
        return self._session.publisher.tables(namespace)

    def begin(self, namespace: str, table: str, node_id: str) -> Publication:
        return self._session.publisher.begin(namespace, table, node_id)

    def drop(self, namespace: str, table: str, node_id: str) -> bool:
        return self._session.publisher.drop(namespace, table, node_id)
