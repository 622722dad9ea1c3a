"""The records of runs on this machine: `<product_state>/history`, one file a run, a bounded number of them."""

from __future__ import annotations

import os
import socket
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from floe_sdk.runtime.recovery import state as journal
from floe_sdk.runtime.runs.record import (
    ABORTED,
    INTERRUPTED,
    KILLED,
    NOT_RUN,
    RUNNING,
    NodeRecord,
    RunRecord,
    RunSummary,
    time_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

KEPT = 1000
"""How many records are kept."""
KEPT_BYTES = 100_000_000
"""How large they may be together; the newest is always kept."""
_TAIL = 1 << 16
_SUFFIX = ".jsonl"
_TIMES = {"started": "started_at", "finished": "finished_at"}
_OF_NODES = frozenset(each.name for each in fields(NodeRecord))


def record_file(state: Path, run_id: str) -> Path:
    """Where a run's record is."""
    return state / "history" / f"{run_id}{_SUFFIX}"


def prune(folder: Path) -> None:
    """Remove the oldest records beyond `KEPT` and `KEPT_BYTES`."""
    with os.scandir(folder) as entries:
        files = sorted((each.name, each.stat().st_size) for each in entries if each.name.endswith(_SUFFIX))
    room = KEPT_BYTES
    for place, (name, size) in enumerate(reversed(files)):
        room -= size
        if place and (place >= KEPT or room < 0):
            (folder / name).unlink(missing_ok=True)


def run_ids(state: Path) -> list[str]:
    """The runs that this machine remembers, the newest first (UUIDv7 sort by time)."""
    found = {path.stem for path in (state / "runs").glob("*.json")}
    found |= {path.stem for path in (state / "history").glob(f"*{_SUFFIX}")}
    return sorted(found, reverse=True)


def summaries(state: Path) -> Iterator[RunSummary]:
    """What this machine remembers, the newest first, read one by one."""
    for run_id in run_ids(state):
        summary = summary_of(state, run_id)
        if summary is not None:
            yield summary


def summary_of(state: Path, run_id: str) -> RunSummary | None:
    """A run in a line: of a record that has its end, only the first and the last line are read."""
    head, end = _ends(record_file(state, run_id))
    if head is None:
        return _of_journal(state, run_id)
    if end is None:
        record = read_record(state, run_id)
        return record.summary if record else None
    return _ended(_begun(run_id, head), end)


def read_record(state: Path, run_id: str) -> RunRecord | None:
    """Everything that this machine knows of a run."""
    lines = list(_lines(record_file(state, run_id)))
    head = next((content for what, content in lines if what == "run"), None)
    if head is None:
        summary = _of_journal(state, run_id)
        return RunRecord(summary) if summary else None
    end = next((content for what, content in reversed(lines) if what == "end"), None)
    begun = _begun(run_id, head)
    nodes, names = _nodes(lines)
    if end is not None:
        return RunRecord(_ended(begun, end), nodes, names)
    return RunRecord(_open(state, begun, lines), nodes, names).counted()


def _lines(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The lines of a record; what a killed process left unfinished is passed over."""
    import json

    try:
        data = path.read_bytes()
    except OSError:
        return
    for line in data.split(b"\n"):
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            yield from ((what, content) for what, content in entry.items() if isinstance(content, dict))


def _ends(path: Path) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
    """The first line and, where the run has ended, the last one, without what is between them."""
    import json

    try:
        with path.open("rb") as file:
            first = file.readline()
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - _TAIL))
            last = file.read().rstrip(b"\n").rpartition(b"\n")[2]
    except OSError:
        return None, None
    found: dict[str, Any] = {}
    for line in (first, last):
        try:
            found |= json.loads(line)
        except (ValueError, TypeError):
            continue
    return found.get("run"), found.get("end")


def _begun(run_id: str, head: Mapping[str, Any]) -> RunSummary:
    who = "@".join(filter(None, [head.get("user"), head.get("host")]))
    told = ("version", "namespace", "engine", "floe", "select", "exclude", "selector", "full_refresh", "changed")
    return RunSummary(
        run_id=run_id,
        product=str(head.get("product", "")),
        environment=str(head.get("environment", "")),
        status=RUNNING,
        started_at=time_of(head.get("started")),
        who=who,
        pid=head.get("pid"),
        command=str(head.get("command", "")),
        parent=head.get("parent"),
        root=head.get("root"),
        retry_of=head.get("retry_of"),
        details={key: head[key] for key in told if key in head},
    )


def _ended(begun: RunSummary, end: Mapping[str, Any]) -> RunSummary:
    return replace(
        begun,
        status=str(end.get("status", ABORTED)),
        finished_at=time_of(end.get("finished")),
        counts=dict(end.get("counts", {})),
        rows=int(end.get("rows", 0)),
        bytes=int(end.get("bytes", 0)),
        message=str(end.get("message", "")),
        warnings=tuple(end.get("warnings", ())),
        current=int(end.get("current", 0)),
    )


def _open(state: Path, begun: RunSummary, lines: list[tuple[str, Mapping[str, Any]]]) -> RunSummary:
    """A run without an end is going on, or it was killed; then the last that it wrote is the last that is known."""
    entry = journal.read(state, begun.run_id)
    if entry is not None and not entry.ended and alive(entry.pid, entry.host):
        return begun
    times = [time_of(content[key]) for _, content in lines for key in ("at", "finished") if key in content]
    known = [time for time in times if time is not None]
    return replace(begun, status=ABORTED, message=KILLED, finished_at=max(known, default=None))


def alive(pid: int, host: str) -> bool:
    """Whether the process is still there, as far as this machine can tell."""
    if host != socket.gethostname() or os.name != "posix":
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _of_journal(state: Path, run_id: str) -> RunSummary | None:
    """A run that left no record, by its entry in the journal."""
    entry = journal.read(state, run_id)
    if entry is None:
        return None
    going = not entry.ended and alive(entry.pid, entry.host)
    return RunSummary(
        run_id=run_id,
        product=entry.product,
        environment=entry.environment,
        status=entry.status or (RUNNING if going else ABORTED),
        started_at=time_of(entry.started),
        finished_at=time_of(entry.ended),
        who=f"@{entry.host}",
        pid=entry.pid,
        message="" if entry.ended or going else KILLED,
        origin="journal",
    )


def _nodes(lines: list[tuple[str, Mapping[str, Any]]]) -> tuple[tuple[NodeRecord, ...], dict[str, str]]:
    """In the order in which they began; those that never did come last."""
    nodes: dict[str, dict[str, Any]] = {}
    names: dict[str, str] = {}
    began: dict[str, int] = {}
    for place, (what, content) in enumerate(lines):
        if what == "planned":
            nodes |= {each["id"]: dict(each) for each in content["nodes"] if each["id"] not in nodes}
            names |= content.get("names", {})
        elif what in ("start", "node"):
            node = nodes.setdefault(content["id"], {"id": content["id"]})
            began.setdefault(content["id"], place)
            if what == "start":
                node |= {"status": INTERRUPTED, "started": content["at"], "attempts": node.get("attempts", 0) + 1}
            else:
                node |= content
    found = [_node(node) for node in nodes.values()]
    found.sort(key=lambda node: (node.started_at.timestamp() if node.started_at else 1e12, began.get(node.id, 1 << 30)))
    return tuple(found), names


def _node(said: Mapping[str, Any]) -> NodeRecord:
    plain = {key: value for key, value in said.items() if key in _OF_NODES}
    times = {name: time_of(said[key]) for key, name in _TIMES.items() if key in said}
    plain |= {**times, "parents": tuple(said.get("parents", ())), "status": said.get("status", NOT_RUN)}
    plain.setdefault("name", said["id"])
    plain.setdefault("kind", str(said["id"]).partition(".")[0])
    return NodeRecord(**plain)
