"""Writing a run's record while the run lasts, so that a killed one has its record, too.

One JSON object a line, appended by one write: `run`, `planned`, `start` and `node` of each node, `end`.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
from collections import Counter
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from floe_sdk.observability.redaction import redactor
from floe_sdk.runtime.lineage.ids import parse_run
from floe_sdk.runtime.runs.store import prune, record_file
from floe_sdk.runtime.sinks.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.events import NodeFinished, NodeStarted, RunStarted
    from floe_sdk.schemas.graph import Node
    from floe_sdk.schemas.run import RunRequest

LONGEST = 4000
"""Characters of a message that are kept: the engine's log has the rest."""
_log = logging.getLogger("floe_sdk.runs")


class RunRecorder:
    """A `ProgressListener`. It never raises: a run goes on without a record, and says so in the log once."""

    def __init__(self, state: Path, run_id: str) -> None:
        self._path = record_file(state, run_id)
        self._run_id = run_id
        self._nodes: Mapping[str, Node] = {}
        self._lines = Lines(self._path, keep_open=True)
        self._broken = False
        self._counts: Counter[str] = Counter()
        self._rows = self._bytes = 0

    def begin(self, request: RunRequest, started: datetime, retry_of: str | None = None) -> None:
        """Say what runs, who had it run, and on whose behalf."""
        self._nodes = request.artifacts.transforms.by_id()
        self._write("run", {"run_id": self._run_id, "started": _text(started), **_run(request, retry_of)})

    def run_started(self, event: RunStarted) -> None:
        """It is said already."""

    def planned(self, node_ids: tuple[str, ...]) -> None:
        """Keep what the nodes are: the project may be another one tomorrow."""
        planned = [self._described(node_id) for node_id in node_ids]
        self._write("planned", {"nodes": planned, "names": self._names(planned)})

    def node_started(self, event: NodeStarted) -> None:
        """A node that has no end after this was interrupted."""
        self._write("start", {"id": event.node_id, "at": _text(event.at)})

    def node_finished(self, event: NodeFinished) -> None:
        """How it ended."""
        self._counts[event.status.value] += 1
        entry: dict[str, Any] = {
            "id": event.node_id,
            "status": event.status.value,
            "started": _text(event.started_at),
            "finished": _text(event.finished_at),
            "message": event.message[:LONGEST] if event.status.value != "success" else "",
            "failures": event.failures,
            "compiled_path": event.compiled_path,
        }
        if made := event.published:
            self._rows += made.rows
            self._bytes += made.bytes
            entry |= {
                "table": f"{made.namespace}.{made.table}",
                "rows": made.rows,
                "bytes": made.bytes,
                "files": made.files,
                "total_rows": made.total_rows,
                "snapshot_id": None if made.snapshot_id is None else str(made.snapshot_id),
                "operation": made.operation,
            }
        self._write("node", {key: value for key, value in entry.items() if value not in (None, "")})

    def log(self, level: str, message: str) -> None:
        """The engine's log is in a file of its own."""

    def end(self, status: str, message: str, warnings: Sequence[str], current: int) -> None:
        """How the run ended; drops the oldest records where there are too many."""
        end = {
            "status": status,
            "finished": _text(datetime.now(timezone.utc)),
            "message": message[:LONGEST],
            "warnings": [each[:LONGEST] for each in warnings],
            "counts": dict(self._counts),
            "rows": self._rows,
            "bytes": self._bytes,
            "current": current,
        }
        self._write("end", end)
        self._lines.close()
        try:
            prune(self._path.parent)
        except OSError as error:
            _log.debug("old records of runs were not removed: %s", error)

    def _described(self, node_id: str) -> dict[str, Any]:
        node = self._nodes.get(node_id)
        if node is None:
            return {"id": node_id}
        said = {
            "id": node_id,
            "name": node.name,
            "kind": node.kind.value,
            "materialization": node.materialization.value if node.materialization else None,
            "path": node.path,
            "parents": list(node.depends_on),
            "tested": node.test.tested if node.test else None,
            "column": node.test.column if node.test else None,
        }
        return {key: value for key, value in said.items() if value}

    def _names(self, planned: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        """Of what the nodes read and that isn't among them."""
        known = {each["id"] for each in planned}
        read = {parent for each in planned for parent in each.get("parents", ())} - known
        return {each: self._nodes[each].name for each in sorted(read) if each in self._nodes}

    def _write(self, what: str, content: Mapping[str, Any]) -> None:
        if self._broken:
            return
        line = json.dumps({what: redactor.redact_mapping(content)}, ensure_ascii=False, separators=(",", ":"))
        try:
            self._lines.append(line.encode("utf-8", "replace") + b"\n")
        except OSError as error:
            self._broken = True
            _log.warning("the run's record is incomplete (`floe runs`): %s: %s", self._path, error.strerror or error)


def _run(request: RunRequest, retry_of: str | None) -> dict[str, Any]:
    artifacts = request.artifacts
    parent, root = (parse_run(os.environ.get(f"OPENLINEAGE_{which}_ID", "")) for which in ("PARENT", "ROOT_PARENT"))
    said: dict[str, Any] = {
        **_product(artifacts),
        "user": _user(),
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "command": _command(),
        "parent": parent,
        "root": root,
        "retry_of": retry_of,
        "select": list(request.select),
        "exclude": list(request.exclude),
        "selector": request.selector,
        "full_refresh": request.full_refresh,
        "changed": request.changed,
    }
    return {key: value for key, value in said.items() if value}


def _product(artifacts: CompiledArtifacts) -> dict[str, str]:
    metadata, graph = artifacts.metadata, artifacts.transforms
    return {
        "product": metadata.product,
        "version": metadata.product_version,
        "environment": artifacts.environment,
        "namespace": artifacts.namespace,
        "engine": f"{graph.engine} {graph.engine_version}",
        "floe": metadata.floe_version,
    }


def _command() -> str:
    """The command line, where floe is the program: another program's may hold anything."""
    import shlex
    from pathlib import Path

    program = Path(sys.argv[0])
    if program.name == "__main__.py":
        program = program.parent
    return shlex.join(["floe", *sys.argv[1:]]) if program.name in ("floe", "floe_sdk") else ""


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in many containers
        return str(os.getuid()) if hasattr(os, "getuid") else ""


def _text(time: datetime) -> str:
    return time.astimezone(timezone.utc).isoformat(timespec="milliseconds")
