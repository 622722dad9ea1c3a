"""What a child tells of its run, line by line, as Dagster records it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from floe_orchestrator_dagster.failures import died, failed, refused
from floe_orchestrator_dagster.results import FAILED, checked, materialized

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dagster import AssetCheckKey, AssetCheckResult, DagsterLogManager, MaterializeResult

    from floe_orchestrator_dagster.child import Child
    from floe_orchestrator_dagster.keys import Keys
    from floe_orchestrator_dagster.results import Event


class Told:
    """What a child has told so far."""

    def __init__(self, keys: Keys, checks: Mapping[str, AssetCheckKey], log: DagsterLogManager) -> None:
        self._keys = keys
        self._checks = checks
        self._log = log
        self._nodes = keys.nodes
        self._assets = {node.id for node in keys.assets()}
        self._run_id = ""
        self._problems: list[Event] = []
        self._skipped: list[str] = []
        self._errors: list[dict[str, Any]] = []
        self._message = ""

    def hear(self, event: Event) -> Iterator[MaterializeResult[Any] | AssetCheckResult]:
        """One event; what is to be recorded of it."""
        name = event["event"]
        if name == "run_started":
            self._run_id = event["run_id"]
            self._log.info("floe run %s of %s in %s", self._run_id, event["product"], event["environment"])
        elif name == "node_finished":
            yield from self._finished(event)
        elif name == "run_finished":
            self._ended(event)
        elif name == "error":
            self._errors = event["errors"]

    def _finished(self, event: Event) -> Iterator[MaterializeResult[Any] | AssetCheckResult]:
        node_id, status = event["node_id"], event["status"]
        name = self._name(node_id)
        _print(f"{status:<8}{name}  {event['seconds']:.2f} s")
        if status == "skipped":
            self._skipped.append(name)
            return
        if status in FAILED:
            self._problems.append(event)
            self._log.error("%s: %s", name, event.get("message") or status)
        if node_id in self._assets and status not in FAILED:
            yield materialized(event, self._nodes[node_id], self._keys, self._run_id)
        elif node_id in self._checks:
            yield checked(event, self._nodes[node_id], self._checks[node_id], self._run_id)

    def _ended(self, event: Event) -> None:
        self._message = event.get("message", "")
        for warning in event.get("warnings", ()):
            self._log.warning("%s", warning)
        if current := event.get("current"):
            self._log.info("%s nodes left out, as nothing has changed since the last success", len(current))
        if self._skipped:
            self._log.warning("skipped: %s", ", ".join(self._skipped))

    def end(self, child: Child) -> None:
        """Raise Failure unless all is well."""
        code = child.wait()
        if code == 0:
            return
        if self._errors:
            raise refused(self._errors, code) from None
        if not self._problems and not self._message:
            raise died(child.command, code, list(child.tail)) from None
        problems = [(self._name(event["node_id"]), event) for event in self._problems]
        raise failed(self._run_id, problems, self._skipped, self._message) from None

    def _name(self, node_id: str) -> str:
        return self._nodes[node_id].name if node_id in self._nodes else node_id


def _print(line: str) -> None:
    """To the step's compute log."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
