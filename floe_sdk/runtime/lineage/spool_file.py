"""The events of one run on disk, and how far each sink has got with them."""

from __future__ import annotations

import json
import os
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from floe_sdk.runtime.sinks.lines import Lines
from floe_sdk.schemas.delivery import event_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    Event = Mapping[str, Any]

TERMINAL = frozenset({"COMPLETE", "FAIL", "ABORT"})
_TAIL = 64 * 1024
_REFUSED = " refused"
_DONE = ".done"


class SpoolFile:
    """The events of one run, one JSON object a line; an event's number is its line. Append-only, one write a line.

    Beside it is a file for each sink that shall have them: the numbers of those that it has taken. With `keep_open`
    its files stay open from the first write until `close`; otherwise each write opens one. `sinks` is known to who has
    listed the folder.
    """

    def __init__(
        self, folder: Path, run_id: str, *, sinks: Iterable[str] | None = None, keep_open: bool = False
    ) -> None:
        self.run_id = run_id
        self._sinks = None if sinks is None else set(sinks)
        self.path = folder / f"{run_id}.jsonl"
        self._folder = folder
        self._keep_open = keep_open
        self._events = Lines(self.path, keep_open=keep_open)
        self._marks: dict[str, Lines] = {}
        self._done: dict[str, set[int]] = {}
        self._count: int | None = None
        self._whole = True

    def want(self, sinks: Iterable[str]) -> None:
        """Note which sinks shall have the events: they are kept until these have taken them."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for sink in sinks:
            self._done_path(sink).touch()
        self._sinks = None

    @property
    def sinks(self) -> tuple[str, ...]:
        """The sinks that shall have the events, also of former processes."""
        if self._sinks is None:
            self._sinks = _sinks(self._folder).get(self.run_id, set())
        return tuple(sorted(self._sinks))

    def not_taken(self, sink: str, after: int, limit: int) -> list[tuple[int, dict[str, Any] | None]]:
        """The events behind number `after` that a sink has not taken, `limit` at most.

        None is a line that a killed process left unfinished.
        """
        done = self.done(sink)
        left = ((number, line) for number, line in enumerate(self._scan()) if number > after and number not in done)
        return [(number, event_of(line)) for number, line in islice(left, limit)]

    def events(self) -> list[dict[str, Any]]:
        """All whole events."""
        return [event for line in self._scan() if (event := event_of(line)) is not None]

    def ended(self) -> bool:
        """Whether the run's own end, which comes last, is there."""
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - _TAIL))
                lines = file.read().split(b"\n")
        except FileNotFoundError:
            return False
        last = (event_of(lines[-2]) if len(lines) > 1 else None) or {}
        own = last.get("run", {}).get("runId") == self.run_id
        return lines[-1] == b"" and own and last.get("eventType") in TERMINAL

    def append(self, event: Event) -> int:
        """Write an event; returns its number. Raises OSError when it can't be written whole."""
        if self._count is None:
            self._scan()
        start = b"" if self._whole else b"\n"
        self._events.append(start + event_json(event).encode() + b"\n")
        number = (self._count or 0) + (not self._whole)  # what a kill had cut is a line of its own now
        self._count, self._whole = number + 1, True
        return number

    def done(self, sink: str) -> set[int]:
        """The numbers of the events that a sink has taken, or refused, also in former processes."""
        if sink not in self._done:
            self._done.setdefault(sink, {int(line.split()[0]) for line in self._marked(sink)})
        return self._done[sink]

    def mark(self, sink: str, number: int, *, refused: bool = False) -> None:
        """Note on disk that a sink is done with an event."""
        if sink not in self._marks:
            self._marks.setdefault(sink, Lines(self._done_path(sink), keep_open=self._keep_open))
        self._marks[sink].append(f"{number}{_REFUSED if refused else ''}\n".encode())
        self.done(sink).add(number)

    def tally(self, sink: str) -> tuple[int, int]:
        """How many events a sink has taken, and how many it has refused."""
        marked = self._marked(sink)
        refused = sum(line.endswith(_REFUSED) for line in marked)
        return len(marked) - refused, refused

    def _marked(self, sink: str) -> list[str]:
        path = self._done_path(sink)
        lines = path.read_text().splitlines() if path.exists() else []
        return [line for line in lines if line[:1].isdigit()]

    def waiting(self) -> dict[str, int]:
        """How many events each sink has not taken yet; those that have all of them are left out."""
        if self._count is None:
            self._scan()
        left = {sink: (self._count or 0) - len(self.done(sink)) for sink in self.sinks}
        return {sink: number for sink, number in left.items() if number > 0}

    def close(self) -> None:
        """Keep no file open from now on; what a late sink takes is still noted."""
        self._keep_open = False
        for lines in (self._events, *list(self._marks.values())):
            lines.close()

    def remove(self) -> None:
        """Forget the run."""
        self.close()
        self.path.unlink(missing_ok=True)
        for sink in self.sinks:
            self._done_path(sink).unlink(missing_ok=True)

    def _scan(self) -> list[bytes]:
        data = self.path.read_bytes() if self.path.exists() else b""
        lines = data.split(b"\n")
        whole = lines.pop() == b""
        if self._count is None:
            self._count, self._whole = len(lines), whole
        return lines

    def _done_path(self, sink: str) -> Path:
        return self._folder / f"{self.run_id}.{quote(sink, safe='')}{_DONE}"


def spooled(folder: Path) -> list[SpoolFile]:
    """The files of all runs, oldest first. Lists the folder once, however many runs wait."""
    sinks = _sinks(folder)
    runs = sorted(path.stem for path in folder.glob("*.jsonl"))  # UUIDv7: by time
    return [SpoolFile(folder, run_id, sinks=sinks.get(run_id, ())) for run_id in runs]


def _sinks(folder: Path) -> dict[str, set[str]]:
    """By run, the sinks that shall have its events."""
    found: dict[str, set[str]] = {}
    for path in folder.glob(f"*{_DONE}"):
        run_id, _, sink = path.name.removesuffix(_DONE).partition(".")
        found.setdefault(run_id, set()).add(unquote(sink))
    return found


def event_of(line: bytes) -> dict[str, Any] | None:
    """What a line holds; None for one that is not whole."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None
