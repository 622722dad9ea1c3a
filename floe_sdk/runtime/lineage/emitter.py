"""`LineageEmitter`: the events of one run, from START to exactly one end for the run and for each node."""

from __future__ import annotations

import logging
import os
import threading
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from floe_sdk.observability.redaction import redactor
from floe_sdk.runtime.lineage import facets
from floe_sdk.runtime.lineage.columns import ColumnLineage
from floe_sdk.runtime.lineage.datasets import Datasets
from floe_sdk.runtime.lineage.dialect import DIALECT
from floe_sdk.runtime.lineage.ids import disabled
from floe_sdk.runtime.lineage.keeping import sent_folder, spool_folder
from floe_sdk.runtime.lineage.naming import CatalogName
from floe_sdk.runtime.lineage.recovery import recover
from floe_sdk.runtime.lineage.spool import Spool
from floe_sdk.runtime.lineage.subjects import Subjects
from floe_sdk.schemas.delivery import LineageEvent
from floe_sdk.schemas.events import (
    NodeFinished,
    NodeStarted,
    NodeStatus,
    RunFinished,
    RunStarted,
    RunStatus,
)
from floe_sdk.schemas.graph import Node, NodeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from floe_sdk.runtime.lineage.sending import SinkReport
    from floe_sdk.schemas.access import CatalogAccess
    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.session import Publisher

_log = logging.getLogger("floe_sdk.lineage")
Started = RunStarted | NodeStarted
Finished = RunFinished | NodeFinished
ColumnSources = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]

_ENDS = {
    NodeStatus.SUCCESS: "COMPLETE",
    NodeStatus.WARN: "COMPLETE",
    NodeStatus.FAIL: "FAIL",
    NodeStatus.ERROR: "FAIL",
    NodeStatus.SKIPPED: "ABORT",
    RunStatus.SUCCESS: "COMPLETE",
    RunStatus.FAILED: "FAIL",
    RunStatus.ABORTED: "ABORT",
}


class LineageEmitter:
    """Says in OpenLineage what a run does. Call it from any thread; it never raises for lineage's sake.

    `sinks` and `flushes` are the lineage plugins' hooks by name; without a sink, or with lineage disabled (also by
    OPENLINEAGE_DISABLED), nothing is done. Whoever makes one holds the product's lock: what killed runs left in
    `<state_dir>/spool` is closed as ABORT and sent again. `publisher` is asked for tables that this run only reads.
    """

    def __init__(
        self,
        artifacts: CompiledArtifacts,
        run_id: str,
        *,
        state_dir: Path,
        product_root: Path,
        sinks: Mapping[str, Callable[[Mapping[str, Any]], object]],
        flushes: Mapping[str, Callable[[float], object]] | None = None,
        publisher: Publisher | None = None,
        catalog: CatalogAccess | None = None,
    ) -> None:
        self.active = artifacts.observability.lineage.enabled and bool(sinks) and not disabled(os.environ)
        self.run_id = run_id
        self.reports: list[SinkReport] = []
        self._lock = threading.RLock()
        self._complained = False
        self._open: set[str] = set()
        self._sources: dict[str, ColumnSources] = {}
        self._ended: set[str] = set()
        if self.active:
            self._subjects = Subjects(artifacts, run_id, product_root)
            name = CatalogName.of(catalog, self._subjects.namespace)
            platform = artifacts.metadata.platform
            self._datasets = Datasets(artifacts.transforms, product_root, publisher, name, platform)
            self._columns = ColumnLineage(self._datasets, state_dir / "cache" / "column_lineage.json")
            here, environment = state_dir, artifacts.environment
            self._spool = Spool(spool_folder(here, environment), sent_folder(here, environment), sinks, flushes)
            self._guarded(self._recover)

    def emit_start(self, event: Started) -> None:
        """The run, or a node of it, began."""
        self._guarded(self._start, event)

    def emit_complete(self, event: Finished) -> None:
        """The run, or a node of it, ended well."""
        self._guarded(self._end, event, "COMPLETE")

    def emit_fail(self, event: Finished) -> None:
        """The run, or a node of it, failed."""
        self._guarded(self._end, event, "FAIL")

    def emit_abort(self, event: Finished) -> None:
        """The run, or a node of it, was interrupted or skipped."""
        self._guarded(self._end, event, "ABORT")

    def emit_end(self, event: Finished) -> None:
        """`emit_complete`, `emit_fail` or `emit_abort`, as the event's status says."""
        self._guarded(self._end, event, _ENDS[event.status])

    def column_sources(self, node_id: str) -> ColumnSources:
        """What the columns of a node that ended are made from; nothing where lineage is off or could not tell."""
        return self._sources.get(node_id, ())

    def close(self, timeout: float, limits: Mapping[str, float] | None = None) -> dict[str, int]:
        """Wait `timeout` seconds at most; how many events each sink has not taken. The next run sends those.

        `limits` are the seconds of single sinks, where they are fewer. `reports` then says more of each sink.
        """
        if not self.active:
            return {}
        self.reports = self._spool.finish(float(timeout), limits)
        self._columns.save()
        return {report.name: left for report in self.reports if (left := report.waiting + report.lost)}

    def _guarded(self, step: Callable[..., None], *args: Any) -> None:
        """Lineage never fails a run: the first thing that goes wrong here is a warning, the rest is for debugging."""
        if not self.active:
            return
        try:
            with self._lock:
                step(*args)
        except Exception as error:  # noqa: BLE001 - see above
            self._complain(error)

    def _complain(self, error: Exception) -> None:
        level, self._complained = (logging.DEBUG if self._complained else logging.WARNING), True
        _log.log(level, "lineage is incomplete: %s: %s", type(error).__name__, redactor.redact(str(error)))
        _log.debug("lineage", exc_info=error)

    def _known(self, node_id: str) -> bool:
        """Whether it is the run or a node of the artifact; an engine may run more (dbt's hooks)."""
        return not node_id or node_id in self._datasets.nodes

    def _recover(self) -> None:
        for run_id in recover(self._spool):
            _log.info("closed the lineage of run %s, which was killed", run_id)

    def _start(self, event: Started) -> None:
        key = event.node_id if isinstance(event, NodeStarted) else ""
        if not self._known(key) or key in self._open or key in self._ended:
            return
        self._open.add(key)
        self._send("START", event.at, self._subjects.run(key), self._subjects.job(key))

    def _end(self, event: Finished, kind: str) -> None:
        key = event.node_id if isinstance(event, NodeFinished) else ""
        if not self._known(key) or key in self._ended:
            return
        if key not in self._open:
            self._open.add(key)
            self._send("START", event.started_at, self._subjects.run(key), self._subjects.job(key))
        if isinstance(event, NodeFinished):
            self._end_node(event, kind)
        else:
            self._end_run(event, kind)

    def _end_node(self, event: NodeFinished, kind: str) -> None:
        node = self._datasets.nodes[event.node_id]
        run, job = self._subjects.run(node.id), self._subjects.job(node.id)
        self._datasets.publish(node.id, event.published, event.columns)
        if kind != "COMPLETE" and event.message:
            run["facets"]["errorMessage"] = facets.error_message(event.message, event.stack)
        if event.compiled_sql:
            job["facets"]["sql"] = facets.sql(event.compiled_sql, DIALECT)
        inputs, outputs = self._inputs(node, event), []
        if kind == "COMPLETE" and not node.is_test:
            outputs, problems = [self._output(node, event)], self._columns.problems
            if problems:
                run["facets"]["extractionError"] = facets.extraction_error(self._columns.total, problems)
        elif node.is_test and event.status in (NodeStatus.SUCCESS, NodeStatus.WARN, NodeStatus.FAIL):
            run["facets"]["test"] = facets.test_result(node, event)
        self._open.discard(node.id)
        self._ended.add(node.id)
        self._send(kind, event.finished_at, run, job, inputs, outputs)

    def _end_run(self, event: RunFinished, kind: str) -> None:
        """The run's end comes last: nodes that are still open end before it."""
        for node_id in sorted(self._open - {""}):
            lost = NodeFinished(node_id, NodeStatus.SKIPPED, event.started_at, event.finished_at, "the run ended")
            self._end_node(lost, "ABORT")
        run = self._subjects.run("")
        if kind != "COMPLETE" and event.message:
            run["facets"]["errorMessage"] = facets.error_message(event.message, event.stack)
        self._open.discard("")
        self._ended.update({"", *self._datasets.nodes})
        self._send(kind, event.finished_at, run, self._subjects.job(""))

    def _inputs(self, node: Node, event: NodeFinished) -> list[dict[str, Any]]:
        if node.kind is NodeKind.SEED:
            return [self._datasets.seed_file(node)]
        datasets = {parent.id: self._datasets.brief(parent) for parent in self._datasets.inputs(node)}
        answered = event.status in (NodeStatus.SUCCESS, NodeStatus.WARN, NodeStatus.FAIL)
        tested = node.test.tested if node.test else None
        if answered and tested in datasets and node.is_test:
            answers = {"dataQualityAssertions": facets.assertions(node, event)}
            rows = self._datasets.rows_of(self._datasets.nodes[tested])
            if rows is not None:
                answers["dataQualityMetrics"] = facets.quality_metrics(node, event, rows)
            datasets[tested]["inputFacets"] = answers
        return list(datasets.values())

    def _output(self, node: Node, event: NodeFinished) -> dict[str, Any]:
        dataset = self._datasets.dataset(node)
        lineage = self._columns.of(node, event.compiled_sql)
        if lineage is not None:
            dataset["facets"]["columnLineage"] = lineage
            self._sources[node.id] = self._made_from(node, lineage)
        if event.published:
            if change := facets.lifecycle(event.published.operation):
                dataset["facets"]["lifecycleStateChange"] = change
            dataset["outputFacets"] = {"outputStatistics": facets.output_statistics(event.published)}
        return dataset

    def _made_from(self, node: Node, lineage: facets.Facet) -> ColumnSources:
        """The columns of other nodes that each column is made from, by those nodes' ids."""
        parents = {}
        for parent in self._datasets.inputs(node):
            identity = self._datasets.identity(parent)
            parents[identity.namespace, identity.name] = parent.id
        found = []
        for column, field in lineage["fields"].items():
            uses = [(parents.get((use["namespace"], use["name"])), use["field"]) for use in field["inputFields"]]
            found.append((column, tuple((parent, each) for parent, each in uses if parent)))
        return tuple(found)

    def _send(
        self,
        kind: str,
        at: datetime,
        run: dict[str, Any],
        job: dict[str, Any],
        inputs: list[dict[str, Any]] | None = None,
        outputs: list[dict[str, Any]] | None = None,
    ) -> None:
        event = {
            "eventType": kind,
            "eventTime": at.astimezone(timezone.utc).isoformat(),
            "run": run,
            "job": job,
            "inputs": inputs or [],
            "outputs": outputs or [],
            "producer": facets.PRODUCER,
            "schemaURL": facets.EVENT_SCHEMA,
        }
        self._spool.send(self.run_id, LineageEvent(redactor.redact_mapping(event)))
