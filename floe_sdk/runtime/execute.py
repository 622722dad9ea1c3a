"""`execute`: run an artifact. Every orchestrator drives this, so that each emits the same events."""

from __future__ import annotations

import contextlib
import traceback
from dataclasses import replace
from datetime import datetime, timezone
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.run import NO_SUCH_NODE, NOTHING_TO_RETRY, OTHER_VARIABLES
from floe_sdk.observability import TelemetryProvider, create_span
from floe_sdk.project.compiled_nodes import compiled_nodes
from floe_sdk.project.freshness import check_unchanged
from floe_sdk.project.telemetry import start_telemetry, watch_hooks
from floe_sdk.runtime.changes.tracking import Changes
from floe_sdk.runtime.debug_log import DebugLog
from floe_sdk.runtime.engine import check_engine, one_at_a_time, open_engine, warned
from floe_sdk.runtime.flushing import flush_all
from floe_sdk.runtime.ids import new_run_id
from floe_sdk.runtime.interrupt import interruptible
from floe_sdk.runtime.monitor import RunMonitor
from floe_sdk.runtime.profiles import check_secrets, private_folder
from floe_sdk.runtime.publishing.ports import record_ports
from floe_sdk.runtime.recovery import state
from floe_sdk.runtime.recovery.lock import product_lock
from floe_sdk.runtime.recovery.recover import recover
from floe_sdk.runtime.recovery.stale import StaleTables
from floe_sdk.runtime.runs.recorder import RunRecorder
from floe_sdk.runtime.session import Session
from floe_sdk.runtime.sinks.alerts import AlertSink
from floe_sdk.runtime.sinks.lineage import LineageSink
from floe_sdk.runtime.sinks.observers import ObserverSink
from floe_sdk.runtime.sinks.telemetry import TelemetrySink
from floe_sdk.schemas.events import RunFinished, RunStarted, RunStatus
from floe_sdk.schemas.graph import NodeKind
from floe_sdk.schemas.transform import TransformResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from floe_sdk.plugins.host import Platform
    from floe_sdk.runtime.flushing import Flush
    from floe_sdk.runtime.interrupt import Interrupt
    from floe_sdk.runtime.sinks.observers import RunSink
    from floe_sdk.schemas.run import RunRequest

STORAGE_TIMEOUT = 30.0


def execute(request: RunRequest) -> RunFinished:
    """Run the artifact and say how it ended; a failed node or Ctrl-C is an outcome, not an exception.

    Raises FloeError when the run can't begin or its engine refuses: another run holds the product, the project was
    changed since it was compiled, a secret is unset, the storage or the catalog can't be reached; a storage that goes
    away when nodes have ended is an outcome, too. Backends for lineage and traces never fail a run. Called from several
    threads, it runs one after the other.
    """
    with _platform(request) as platform:
        check_engine(request.artifacts, platform)
        _check_nodes(request)
        check_unchanged(request.artifacts, platform)
        check_secrets(platform.secrets)
        state_dir = platform.context.product_state
        with one_at_a_time, product_lock(state_dir, request.wait), interruptible() as interrupt:
            return _Run(request, platform, interrupt).perform()


def _check_nodes(request: RunRequest) -> None:
    known = request.artifacts.transforms.by_id()
    strange = sorted((request.nodes or frozenset()) - known.keys())
    if strange:
        near = get_close_matches(strange[0], known, n=1)
        problem = f"the artifact has no node {strange[0]}" + (f" and {len(strange) - 1} more" if strange[1:] else "")
        raise FloeError(NO_SUCH_NODE, problem, fix=f"did you mean {near[0]}?" if near else NO_SUCH_NODE.remedy)


@contextlib.contextmanager
def _platform(request: RunRequest) -> Iterator[Platform]:
    if request.platform is not None:
        yield request.platform
        return
    from floe_sdk.plugins.host import Platform
    from floe_sdk.project.locations import context_for

    context = context_for(request.artifacts, request.product_root)
    with Platform.from_artifact(request.artifacts, context) as platform:
        yield platform


class _Run:
    """One run, from the moment at which it holds the product's lock."""

    def __init__(self, request: RunRequest, platform: Platform, interrupt: Interrupt) -> None:
        self.request = request
        self.interrupt = interrupt
        self.artifacts = request.artifacts
        self.platform = platform
        self.state = platform.context.product_state
        self.log_path = self.state / "logs" / f"{request.artifacts.transforms.engine}.log"
        self.run_id = request.run_id or new_run_id()
        self.stale = StaleTables(self.artifacts, self.run_id, full_refresh=request.full_refresh)
        self.current: tuple[str, ...] = ()
        self.monitor: RunMonitor | None = None
        self.record = RunRecorder(self.state, self.run_id)
        self.retry_of: str | None = None
        self.full_refresh = request.full_refresh
        self.unknown: tuple[str, ...] = ()
        self.warned: tuple[str, ...] = ()

    def perform(self) -> RunFinished:
        """Run between the journal's two entries; flush everything that was told to anybody."""
        artifacts, metadata = self.artifacts, self.artifacts.metadata
        self.retried = self._failed_before() if self.request.retry_failed else None
        recovered = recover(self.platform, artifacts, self.state)
        entry = state.begin(
            self.state,
            self.run_id,
            metadata.product,
            artifacts.environment,
            artifacts.namespace,
            variables=artifacts.variables,
        )
        self.record.begin(self.request, datetime.now(timezone.utc), self.retry_of)
        status, message = RunStatus.FAILED, ""
        flushes: dict[str, Flush] = {}
        try:
            finished = self._traced(flushes)
            status, message = finished.status, finished.message
        except KeyboardInterrupt:
            status, message = RunStatus.ABORTED, "interrupted"
            raise
        except BaseException as error:
            message = _problem(error)
            raise
        finally:
            wait = artifacts.observability.flush_timeout
            warnings = (*recovered, *self.stale.warnings, *self.unknown, *self.warned, *flush_all(flushes, wait))
            unfinished = self.monitor.unfinished() if self.monitor else None
            state.end(self.state, entry, status.value, unfinished, full_refresh=self.full_refresh)
            self.record.end(status.value, message, warnings, len(self.current))
        return replace(finished, warnings=warnings, current=self.current)

    def _traced(self, flushes: dict[str, Flush]) -> RunFinished:
        flushes["telemetry"], unwatch = self._telemetry()
        product = self.artifacts.metadata.product
        try:
            with (
                create_span("run.product", run_id=self.run_id).lead(product=product, run_id=self.run_id) as span,
                private_folder(self.state, self.run_id) as private,
                Session(self.platform, self.run_id, self.artifacts.namespace, private, self.artifacts) as session,
                contextlib.closing(DebugLog(self.log_path)) as log,
            ):
                session.stale = self.stale
                self.lineage = LineageSink(self.platform, self.artifacts, session)
                sinks: dict[str, RunSink] = {
                    "lineage": self.lineage,
                    "telemetry of nodes": TelemetrySink(self.artifacts, span),
                    "observers": ObserverSink(self.platform),
                    "alerts": AlertSink(self.platform, self.artifacts),
                }
                self.changes = Changes(
                    self.artifacts,
                    self.platform.context,
                    session.load,
                    session.published,
                    session.find_upstream,
                )
                session.properties = self.changes.properties
                sinks["changes"] = self.changes
                flushes.update({name: sink.flush for name, sink in sinks.items()})
                return self._watched(session, list(sinks.values()), log)
        finally:
            unwatch()

    def _telemetry(self) -> tuple[Flush, Callable[[], None]]:
        """Turn telemetry on, unless whoever called has it on already and ends it; its flush, and what ends watching."""
        observability = self.artifacts.observability
        if (running := TelemetryProvider.current()) is not None:
            return partial(_flush_only, running), lambda: None
        attributes = {**self.artifacts.resource_attributes, "floe.run_id": self.run_id}
        own = start_telemetry(observability, self.platform, attributes)
        return own.close, watch_hooks(self.platform)

    def _watched(self, session: Session, sinks: list[RunSink], log: DebugLog) -> RunFinished:
        """Run, and tell everybody of the end exactly once, whatever it is."""
        product, environment = self.artifacts.metadata.product, self.artifacts.environment
        monitor = RunMonitor(
            RunStarted(self.run_id, product, environment, datetime.now(timezone.utc)),
            sinks=sinks,
            listeners=(self.record, *self.request.listeners),
            published=session.published,
            column_sources=self.lineage.column_sources,
            interrupt=self.interrupt,
            log=log,
        )
        self.monitor = monitor
        monitor.begin()
        try:
            result = self._transform(session, monitor)
            if result.success:
                record_ports(self.artifacts, session)
        except KeyboardInterrupt:
            return monitor.finish(RunStatus.ABORTED, "interrupted")
        except BaseException as error:
            problem = _problem(error)
            monitor.fail_open_nodes(problem)
            told = error.render() if isinstance(error, FloeError) and monitor.nodes else problem
            finished = monitor.finish(RunStatus.FAILED, told, "".join(traceback.format_exception(error)))
            if monitor.nodes and isinstance(error, (FloeError, OSError)):
                return finished  # what its nodes came to is worth its summary
            raise
        return _end(monitor, result)

    def _only(self) -> frozenset[str] | None:
        """The nodes that may run, out of those that are selected; None is all."""
        limits = [self.request.nodes, self.retried, self._stale() if self.request.changed else None]
        known = [limit for limit in limits if limit is not None]
        return frozenset.intersection(*known) if known else None

    def _failed_before(self) -> frozenset[str]:
        """What the last run did not finish; it is built anew again where that run did so."""
        last = state.last_run(self.state, self.artifacts.environment)
        if last is None or last.unfinished is None:
            problem = "there is no earlier run" if last is None else f"run {last.run_id} died before it could say"
            raise FloeError(NOTHING_TO_RETRY, f"{problem} in {self.artifacts.environment}", fix=NOTHING_TO_RETRY.remedy)
        now = self.artifacts.variables
        if names := [each for each in sorted({*last.variables, *now}) if last.variables.get(each) != now.get(each)]:
            problem = f"run {last.run_id} had other --vars ({', '.join(names)})"
            raise FloeError(OTHER_VARIABLES, problem, fix=OTHER_VARIABLES.remedy)
        self.full_refresh = self.full_refresh or last.full_refresh
        self.retry_of = last.run_id
        return frozenset(last.unfinished)

    def _stale(self) -> frozenset[str]:
        """The nodes that are not current; what could not be told of sources is said with the run's end."""
        nodes = compiled_nodes(self.artifacts, self.platform)
        decision = self.changes.decide(nodes)
        self.current = tuple(decision.current)
        names = self.artifacts.transforms.by_id()
        self.unknown = tuple(
            f"the state of source {names[each].name} is not known ({why}): what reads it counts as changed"
            if names[each].kind is NodeKind.SOURCE
            else f"the table of {names[each].name} can't be read ({why}): it and what reads it count as changed"
            for each, why in sorted(decision.unknown.items())
        )
        return frozenset(decision.stale)

    def _transform(self, session: Session, monitor: RunMonitor) -> TransformResult:
        platform, request = self.platform, self.request
        platform.storage.storage_ready(timeout=STORAGE_TIMEOUT)
        only = self._only()
        if only is not None and not only:
            monitor.planned(())
            return TransformResult(success=True)
        with open_engine(self.artifacts, platform, session, built=True) as engine:
            result = platform.transform.transform_run(
                request=replace(
                    engine.request,
                    select=request.select,
                    exclude=request.exclude,
                    selector=request.selector,
                    full_refresh=self.full_refresh,
                    fail_fast=request.fail_fast,
                    threads=request.threads,
                    event_time_start=request.event_time_start,
                    event_time_end=request.event_time_end,
                    only=only,
                    exact=request.nodes is not None,
                    compiled=self.changes.executing,
                ),
                session=session,
                listener=monitor,
            )
            engine.succeeded = result.success
        self.warned = warned(result, self.artifacts, self.log_path)
        return result


def _flush_only(telemetry: TelemetryProvider, timeout: float) -> list[str]:
    """Whoever turned it on says what was lost, when everything has been told."""
    telemetry.flush(timeout)
    return []


def _problem(error: BaseException) -> str:
    return error.problem if isinstance(error, FloeError) else f"{type(error).__name__}: {error}"


def _end(monitor: RunMonitor, result: TransformResult) -> RunFinished:
    """A run succeeds when the engine says so and no node failed; an engine that went down fails what it left open."""
    failed = [node for node in monitor.nodes if node.status.failed]
    message = result.error or ""
    if not result.success:
        message = message or ("" if failed else "the engine reported a failure that belongs to no node")
        monitor.fail_open_nodes(message or "the engine did not report the node's end")
    if result.success and not result.error and not failed:
        return monitor.finish(RunStatus.SUCCESS)
    return monitor.finish(RunStatus.FAILED, message or f"{len(failed)} of {len(monitor.nodes)} nodes failed")
