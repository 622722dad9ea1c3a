"""The listener that a transform plugin reports to: completes each event, redacts it, and tells everybody."""

from __future__ import annotations

import os
import re
import threading
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from floe_sdk.observability.redaction import redactor
from floe_sdk.runtime.recovery.faults import fault
from floe_sdk.schemas.events import NodeFinished, NodeStatus, RunFinished, RunStarted, RunStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from floe_sdk.runtime.debug_log import DebugLog
    from floe_sdk.runtime.interrupt import Interrupt
    from floe_sdk.runtime.lineage.emitter import ColumnSources
    from floe_sdk.runtime.sinks.observers import RunSink
    from floe_sdk.schemas.events import NodeStarted, PublishedTable
    from floe_sdk.schemas.run import ProgressListener


_FILE = re.compile(r'File "(?:[^"]*/(?:site-packages|dist-packages|lib/python[\d.]+)/)?([^"]*)"')


def portable(stack: str) -> str:
    """A stack that tells nothing of where things are installed on this machine."""
    here, own = f"{Path.cwd()}{os.sep}", f"{Path(__file__).parents[2]}{os.sep}"
    return _FILE.sub(lambda found: f'File "{found[1].removeprefix(own).removeprefix(here)}"', stack)


class RunMonitor:
    """A `RunListener`. `published` says what a node committed; sinks are told before the progress listeners are."""

    def __init__(
        self,
        started: RunStarted,
        *,
        sinks: Sequence[RunSink],
        listeners: Sequence[ProgressListener],
        published: Callable[[str], PublishedTable | None],
        column_sources: Callable[[str], ColumnSources],
        interrupt: Interrupt,
        log: DebugLog,
    ) -> None:
        self.started = started
        self.nodes: list[NodeFinished] = []
        self._sinks = sinks
        self._listeners = listeners
        self._targets: list[RunSink | ProgressListener] = [*sinks, *listeners]
        self._published = published
        self._column_sources = column_sources
        self._interrupt = interrupt
        self._log = log
        self._open: dict[str, NodeStarted] = {}
        self._lock = threading.RLock()

    def begin(self) -> None:
        """The run began."""
        for target in self._targets:
            target.run_started(self.started)

    def planned(self, node_ids: tuple[str, ...]) -> None:
        """The nodes that will run."""
        with self._lock:
            self.started = replace(self.started, selected=node_ids)
            for listener in self._listeners:
                listener.planned(node_ids)

    def node_started(self, event: NodeStarted) -> None:
        """A node began."""
        with self._lock:
            self._open[event.node_id] = event
            for target in self._targets:
                target.node_started(event)
        fault("after-start", event.node_id)

    def node_finished(self, event: NodeFinished) -> None:
        """A node ended. One that fails because the run is interrupted stays open: the run's end aborts it."""
        if self._interrupt.requested and (event.status.failed or event.status is NodeStatus.SKIPPED):
            return
        fault("before-complete", event.node_id)
        published = self._published(event.node_id)
        event = replace(
            event,
            message=redactor.redact(event.message),
            stack=portable(redactor.redact(event.stack)),
            compiled_sql=redactor.redact(event.compiled_sql) if event.compiled_sql else event.compiled_sql,
            published=event.published or published,
            columns=event.columns or (published.columns if published else ()),
        )
        with self._lock:
            self._open.pop(event.node_id, None)
            for sink in self._sinks:
                sink.node_finished(event)
            event = replace(event, column_sources=self._column_sources(event.node_id))
            self.nodes.append(event)
            for listener in self._listeners:
                listener.node_finished(event)

    def unfinished(self) -> tuple[str, ...]:
        """The nodes of the run that did not succeed: failed, skipped, or never begun."""
        done = {node.node_id for node in self.nodes if not node.status.failed and node.status is not NodeStatus.SKIPPED}
        known = {*self.started.selected, *self._open, *(node.node_id for node in self.nodes)}
        return tuple(sorted(known - done))

    def log(self, level: str, message: str) -> None:
        """A line of the engine's log."""
        with self._lock:
            self._log.write(level, message)
            for listener in self._listeners:
                listener.log(level, message)

    def fail_open_nodes(self, message: str) -> None:
        """Nodes that the engine never ended, when it is known why."""
        for event in list(self._open.values()):
            now = datetime.now(timezone.utc)
            self.node_finished(NodeFinished(event.node_id, NodeStatus.ERROR, event.at, now, message=message))

    def finish(self, status: RunStatus, message: str = "", stack: str = "") -> RunFinished:
        """The run ended; everybody hears of it once."""
        with self._lock:
            finished = RunFinished(
                run_id=self.started.run_id,
                product=self.started.product,
                environment=self.started.environment,
                status=status,
                started_at=self.started.at,
                finished_at=datetime.now(timezone.utc),
                nodes=tuple(self.nodes),
                message=redactor.redact(message),
                stack=portable(redactor.redact(stack)),
            )
            for sink in self._sinks:
                sink.run_finished(finished)
            return finished
