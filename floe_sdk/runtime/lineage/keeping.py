"""What is kept beside the waiting events: those set aside, those of the last runs, and counts; each of it bounded."""

from __future__ import annotations

import json
import logging
import threading
import time
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from floe_sdk.errors import FloeError
from floe_sdk.project.files import write_atomic
from floe_sdk.runtime.lineage.spool_file import SpoolFile, event_of, spooled
from floe_sdk.runtime.sinks.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from floe_sdk.runtime.lineage.sending import SinkReport

KEPT_RUNS = 500
KEPT_BYTES = 100_000_000
KEPT_DAYS = 14
"""What may wait for sinks that do not take it; the oldest runs beyond are dropped, with a warning."""
KEPT_SENT = 20
"""Runs whose events are kept after every sink has taken them, for `floe lineage show` and `validate`."""
KEPT_SET_ASIDE = 1_000
"""Events that are kept for each sink after it has refused them; the oldest go first."""

_log = logging.getLogger("floe_sdk.lineage")


def spool_folder(state: Path, environment: str) -> Path:
    """Where the events of an environment wait."""
    return state / "spool" / quote(environment, safe="")


def sent_folder(state: Path, environment: str) -> Path:
    """Where the events of its last runs are, once they were sent."""
    return state / "lineage" / quote(environment, safe="")


@dataclass
class Counts:
    """What a sink has got since it was first used here; runs that still wait are not in `sent`."""

    sent: int = 0
    set_aside: int = 0
    dropped: int = 0
    last_sent: str | None = None
    last_error: str | None = None
    last_error_at: str | None = None

    def add(self, sent: int, set_aside: int) -> None:
        """Count more of both."""
        self.sent += sent
        self.set_aside += set_aside


class Keeper:
    """The files of one environment's spool, but for the events that wait. The caller holds the product's lock."""

    def __init__(self, folder: Path, sent: Path) -> None:
        self.folder = folder
        self._sent = sent
        self._lock = threading.Lock()

    def counts(self) -> dict[str, Counts]:
        """By sink."""
        try:
            data = json.loads((self.folder / "sinks.json").read_bytes())
            return {name: Counts(**each) for name, each in data.items()}
        except (OSError, ValueError, TypeError):
            return {}

    def settle(self, reports: Iterable[SinkReport], taken: Iterable[SpoolFile]) -> None:
        """Note what a run, or a flush, has sent; runs of which every sink has all leave the spool."""
        counts, now = self.counts(), _now()
        for report in reports:
            if report.delivered or report.error:
                one = counts.setdefault(report.name, Counts())
                one.last_sent = now if report.delivered else one.last_sent
                one.last_error, one.last_error_at = (report.error, now) if report.error else (None, None)
        for file in taken:
            for sink in file.sinks:
                counts.setdefault(sink, Counts()).add(*file.tally(sink))
            self._to_sent(file)
        if counts:
            self._write(counts)
        for old in sorted(self._sent.glob("*.jsonl"))[:-KEPT_SENT]:  # UUIDv7: by time
            old.unlink(missing_ok=True)

    def _to_sent(self, file: SpoolFile) -> None:
        if file.path.exists():
            self._sent.mkdir(parents=True, exist_ok=True)
            file.path.replace(self._sent / file.path.name)
        file.remove()

    def set_aside(self, sink: str, file: SpoolFile | None, event: Mapping[str, Any], reason: str) -> None:
        """Keep an event that a sink will never take, with the reason."""
        line = {"at": _now(), "run_id": file.run_id if file else None, "reason": reason, "event": event}
        path = self._set_aside(sink)
        try:
            with self._lock:
                Lines(path, keep_open=False).append(json.dumps(line, ensure_ascii=False).encode() + b"\n")
                lines = path.read_bytes().splitlines(keepends=True)
                if len(lines) > KEPT_SET_ASIDE * 1.1:
                    write_atomic(path, b"".join(lines[-KEPT_SET_ASIDE:]).decode())
        except (OSError, FloeError) as error:
            _log.warning("an event that lineage/%s refused can't be kept: %s (%s)", sink, reason, error)

    def all_set_aside(self) -> dict[str, list[dict[str, Any]]]:
        """What every sink has refused, the oldest first."""
        found = {}
        for path in sorted((self.folder / "set_aside").glob("*.jsonl")):
            lines = [event_of(line) for line in path.read_bytes().splitlines()]
            found[unquote(path.stem)] = [line for line in lines if line is not None]
        return found

    def bound(self, files: Sequence[SpoolFile]) -> list[SpoolFile]:
        """Drop the oldest files beyond what may wait, and say so; the others."""
        kept: list[SpoolFile] = []
        dropped: dict[str, list[SpoolFile]] = {}
        size, oldest = 0, time.time() - KEPT_DAYS * 86_400
        for file in reversed(files):
            stat = file.path.stat()
            size += stat.st_size
            why = (
                f"waited for more than {KEPT_DAYS} days" if stat.st_mtime < oldest
                else f"more than {KEPT_BYTES // 1_000_000} MB wait" if size > KEPT_BYTES
                else f"more than {KEPT_RUNS} runs wait" if len(kept) >= KEPT_RUNS
                else None
            )  # fmt: skip
            if why is None:
                kept.insert(0, file)
            else:
                dropped.setdefault(why, []).append(file)
        for why, several in dropped.items():
            self._drop(several, why)
        return kept

    def _drop(self, files: Sequence[SpoolFile], why: str) -> None:
        counts, lost = self.counts(), dict[str, int]()
        for file in files:
            for sink, number in file.waiting().items():
                counts.setdefault(sink, Counts()).dropped += number
                lost[sink] = lost.get(sink, 0) + number
            file.remove()
        self._write(counts)
        told = ", ".join(f"{number} for {sink}" for sink, number in sorted(lost.items())) or "none whole"
        _log.warning("lineage of %d runs is dropped, it was never taken (%s); events: %s", len(files), why, told)

    def _write(self, counts: Mapping[str, Counts]) -> None:
        write_atomic(
            self.folder / "sinks.json", json.dumps({name: asdict(each) for name, each in counts.items()}, indent=2)
        )

    def _set_aside(self, sink: str) -> Path:
        return self.folder / "set_aside" / f"{quote(sink, safe='')}.jsonl"


@dataclass(frozen=True)
class SinkStatus:
    """What `floe lineage status` says of a sink. `selected` is whether the manifest names it (still)."""

    name: str
    selected: bool
    waiting: int = 0
    runs: int = 0
    oldest: str | None = None
    counts: Counts = field(default_factory=Counts)


def status(state: Path, environment: str, sinks: Iterable[str]) -> list[SinkStatus]:
    """Every sink that is selected, or for which something is here."""
    folder = spool_folder(state, environment)
    keeper, selected = Keeper(folder, sent_folder(state, environment)), list(sinks)
    counts, waiting = keeper.counts(), dict[str, list[tuple[int, str]]]()
    for file in spooled(folder):
        began = next((str(event.get("eventTime")) for event in file.events()), "")
        for sink, number in file.waiting().items():
            waiting.setdefault(sink, []).append((number, began))
        for sink in file.sinks:
            counts.setdefault(sink, Counts()).add(*file.tally(sink))
    found = []
    for name in [*selected, *sorted({*counts, *waiting} - set(selected))]:
        runs, one = waiting.get(name, []), counts.get(name, Counts())
        total, oldest = sum(number for number, _ in runs), runs[0][1] if runs else None
        found.append(SinkStatus(name, name in selected, total, len(runs), oldest, one))
    return found


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
