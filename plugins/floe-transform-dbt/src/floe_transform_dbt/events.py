"""dbt's event stream as calls of a `RunListener`."""

from __future__ import annotations

import threading
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from floe_sdk import NodeFinished, NodeStarted, NodeStatus
from floe_transform_dbt.failure import clean
from floe_transform_dbt.warnings import warning_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from dbt.contracts.graph.manifest import Manifest
    from dbt_common.events.base_types import EventMsg

    from floe_sdk import RunListener

STATUS = {
    "success": NodeStatus.SUCCESS,
    "pass": NodeStatus.SUCCESS,
    "no-op": NodeStatus.SUCCESS,
    "warn": NodeStatus.WARN,
    "fail": NodeStatus.FAIL,
    "skipped": NodeStatus.SKIPPED,
}
"""Everything else (`error`, `runtime error`, `partial success`) is an error."""

KINDS = frozenset({"model", "seed", "snapshot", "test", "unit_test"})
HOOK = "operation"


class EventSink:
    """A dbt callback. dbt calls it on its worker threads; the listener is called by one at a time."""

    def __init__(
        self,
        listener: RunListener,
        *,
        product_root: Path,
        project_root: Path,
        executing: Callable[[str], None] | None = None,
    ) -> None:
        self.listener = listener
        self._executing = executing
        self.manifest: Manifest | None = None
        self.hook_errors: list[str] = []
        self.warnings: dict[str, None] = {}
        self.failure: Exception | None = None
        self.unit_tests: set[str] = set()
        self._product_root = product_root
        self._project_root = project_root
        self._started: dict[str, datetime] = {}
        self._finished: set[str] = set()
        self._exceptions: dict[str, str] = {}
        self._stacks: dict[str, str] = {}
        self._raised: dict[str, str] = {}
        self._lock = threading.RLock()

    def __call__(self, message: EventMsg) -> None:
        """Hear one event. What a listener raises is kept for the end: dbt would swallow it or lose the node."""
        with self._lock:
            try:
                self._hear(message)
                if self.manifest is not None and (warning := warning_of(message)):  # those of parsing are known
                    self.warnings.setdefault(warning)
            except Exception as error:  # noqa: BLE001 - raised again by `run_project`
                self.failure = self.failure or error

    def close(self, results: Iterable[Any]) -> None:
        """Report what ended without an event: a node whose thread raised, or those that a failed hook skipped."""
        with self._lock:
            for result in results:
                node = result.node
                if node.resource_type.value == HOOK:
                    if STATUS.get(str(result.status.value)) is None:
                        self.hook_errors.append(clean(f"{node.name}: {result.message}"))
                elif node.unique_id not in self._finished and _relevant(node.unique_id, node):
                    self._end(node.unique_id, str(result.status.value), result.message, result.failures)

    def _hear(self, message: EventMsg) -> None:
        header: Any = message.info
        name = header.name
        self.listener.log(header.level, header.msg)
        if name == "ConcurrencyLine":  # fired once, when the selection is known
            self.listener.planned(self._selected())
        elif name == "NothingToDo":
            self.listener.planned(())
        elif name == "GenericExceptionOnRun":
            self._exceptions[message.data.unique_id] = message.data.exc
            self._raised[header.thread] = message.data.unique_id
        elif name == "LogDebugStackTrace":  # of what was just said on this thread
            if node_id := self._raised.pop(header.thread, None):
                self._stacks[node_id] = message.data.exc_info
        elif name == "CatchableExceptionOnRun":
            self._stacks[message.data.node_info.unique_id] = message.data.exc_info
        elif name == "NodeStart":
            self._start(message.data.node_info)
        elif name == "NodeExecuting":  # compiled, on the thread that goes on with it afterwards
            if self._executing is not None:
                self._executing(message.data.node_info.unique_id)
        elif name == "NodeFinished":
            info, result = message.data.node_info, message.data.run_result
            if self._reports(info):
                failures = result.num_failures if result.status in {"fail", "warn", "pass"} else None
                self._end(info.unique_id, result.status, result.message, failures, _time(info.node_finished_at))

    def _start(self, info: Any) -> None:
        if self._reports(info) and info.unique_id not in self._started:
            started = _time(info.node_started_at)
            self._started[info.unique_id] = started
            self.listener.node_started(NodeStarted(info.unique_id, started))

    def _end(
        self, node_id: str, status: str, message: str | None, failures: int | None, at: datetime | None = None
    ) -> None:
        if node_id in self._finished:
            return
        at = at or datetime.now(timezone.utc)
        if node_id not in self._started:
            self._started[node_id] = at
            self.listener.node_started(NodeStarted(node_id, at))
        self._finished.add(node_id)
        if message in (None, "", "ERROR"):  # of a microbatch model: what its batch said
            message = self._exceptions.get(node_id, message)
        sql, path = self._compiled(node_id)
        self.listener.node_finished(
            NodeFinished(
                node_id=node_id,
                status=STATUS.get(status, NodeStatus.ERROR),
                started_at=self._started[node_id],
                finished_at=max(at, self._started[node_id]),
                message=clean(message or ""),
                failures=failures,
                compiled_sql=sql,
                compiled_path=path,
                stack=self._stacks.pop(node_id, ""),
            )
        )

    def _reports(self, info: Any) -> bool:
        return info.resource_type in KINDS and info.materialized != "ephemeral"

    def _selected(self) -> tuple[str, ...]:
        from dbt import selected_resources

        nodes = self.manifest.nodes if self.manifest else {}
        selected = {*selected_resources.SELECTED_RESOURCES, *self.unit_tests}
        return tuple(sorted(node_id for node_id in selected if _relevant(node_id, nodes.get(node_id))))

    def _compiled(self, node_id: str) -> tuple[str | None, str | None]:
        node: Any = self.manifest.nodes.get(node_id) if self.manifest else None
        sql = getattr(node, "compiled_code", None)
        path = getattr(node, "compiled_path", None)
        if not path:
            return sql, None
        full = self._project_root / path
        inside = full.is_relative_to(self._product_root)
        return sql, (full.relative_to(self._product_root) if inside else full).as_posix()


def _relevant(node_id: str, node: Any) -> bool:
    if node_id.partition(".")[0] not in KINDS:
        return False
    return getattr(getattr(node, "config", None), "materialized", None) != "ephemeral"


def _time(text: str) -> datetime:
    """An event's time: UTC, written without saying so."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)
    except ValueError:
        return datetime.now(timezone.utc)
