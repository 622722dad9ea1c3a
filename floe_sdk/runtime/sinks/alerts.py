"""Alerts as one of the sinks of a run: each plugin is told on a thread of its own, within the deadline of the end."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from floe_sdk.observability.delivery import Deliveries
from floe_sdk.observability.redaction import redactor
from floe_sdk.plugins.types import PluginType
from floe_sdk.runtime.recovery import state
from floe_sdk.schemas.alert import Alert, AlertKind, AlertNode, one_line
from floe_sdk.schemas.events import NodeStatus, RunStatus

if TYPE_CHECKING:
    from floe_sdk.plugins.hookspecs import AlertSpec
    from floe_sdk.plugins.host import Platform
    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.events import NodeFinished, NodeStarted, RunFinished, RunStarted

DEFAULT_KINDS = frozenset({AlertKind.FAILED, AlertKind.ABORTED})
_SHARE, _PATIENCE = 0.8, 0.9
"""Of the end's deadline: what a plugin is given, and how long it is waited for; it can say itself what failed."""


class AlertSink:
    """Tells nobody before the run has ended."""

    def __init__(self, platform: Platform, artifacts: CompiledArtifacts) -> None:
        self._platform = platform
        self._artifacts = artifacts
        self._deadline = 0.0
        self._errors: dict[str, str] = {}
        plugins = platform.each(PluginType.ALERT)
        self._deliveries = Deliveries({name: partial(self._tell, name, hooks) for name, hooks in plugins})
        self._anybody = bool(plugins)

    def run_started(self, event: RunStarted) -> None:
        """Nothing to tell."""

    def node_started(self, event: NodeStarted) -> None:
        """Nothing to tell."""

    def node_finished(self, event: NodeFinished) -> None:
        """Told with the run."""

    def run_finished(self, event: RunFinished) -> None:
        """Tell everybody."""
        if self._anybody:
            self._deadline = time.monotonic() + self._artifacts.observability.flush_timeout * _SHARE
            self._deliveries.send(self._alert(event))

    def flush(self, timeout: float) -> list[str]:
        """Wait until everybody has been told."""
        reports = self._deliveries.flush(timeout * _PATIENCE)
        self._deliveries.close()
        late = {each.name: f"no answer within {timeout * _PATIENCE:g} s" for each in reports if each.pending}
        return [
            f"alert/{name} told nobody how this run ended: {self._errors.get(name) or late[name]}"
            for name in sorted({*self._errors, *late})
        ]

    def _tell(self, name: str, hooks: AlertSpec, alert: Alert) -> None:
        try:
            kinds = hooks.alert_kinds()
            if alert.kind in (DEFAULT_KINDS if kinds is None else kinds):
                hooks.alert_send(alert=alert, timeout=max(0.1, self._deadline - time.monotonic()))
        except BaseException as error:  # noqa: BLE001 - a plugin may raise anything, also SystemExit, and a run goes on
            self._errors[name] = one_line(redactor.redact(str(error) or type(error).__name__))

    def _alert(self, event: RunFinished) -> Alert:
        nodes = self._artifacts.transforms.by_id()
        failed = tuple(
            AlertNode(
                each.node_id,
                nodes[each.node_id].name if each.node_id in nodes else each.node_id,
                each.status,
                one_line(each.message),
            )
            for each in event.nodes
            if each.status.failed
        )
        return Alert(
            kind=self._kind(event),
            platform=self._platform.context.platform,
            product=event.product,
            environment=event.environment,
            run_id=event.run_id,
            started_at=event.started_at,
            finished_at=event.finished_at,
            failed=failed,
            nodes=len(event.nodes),
            skipped=sum(each.status is NodeStatus.SKIPPED for each in event.nodes),
            reason="" if failed or event.status is not RunStatus.FAILED else one_line(event.message),
        )

    def _kind(self, event: RunFinished) -> AlertKind:
        if event.status is not RunStatus.SUCCESS:
            return AlertKind.FAILED if event.status is RunStatus.FAILED else AlertKind.ABORTED
        last = state.last_run(self._platform.context.product_state, event.environment, but=event.run_id)
        fine = last is None or last.status == RunStatus.SUCCESS.value
        return AlertKind.SUCCEEDED if fine else AlertKind.RECOVERED
