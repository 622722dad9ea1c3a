"""Events on disk before they are sent, and sent again by the next run where a sink did not take them."""

from __future__ import annotations

import json
import logging
import os
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from floe_sdk.observability.delivery import Deliveries

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Event = Mapping[str, Any]
    Sink = Callable[[Event], object]
    Flush = Callable[[float], object]

KEPT_RUNS = 50
"""Runs whose events are kept for a sink that takes none; older ones are dropped, with a warning."""

_log = logging.getLogger("floe_sdk.lineage")


class SpoolFile:
    """The events of one run, one JSON object a line; an event's number is its line. Append-only, one write a line.

    With `keep_open` its files stay open from the first write until `close`; otherwise each write opens one.
    """

    def __init__(self, folder: Path, run_id: str, *, keep_open: bool = False) -> None:
        self.run_id = run_id
        self.path = folder / f"{run_id}.jsonl"
        self._folder = folder
        self._keep_open = keep_open
        self._events = _Lines(self.path, keep_open=keep_open)
        self._marks: dict[str, _Lines] = {}
        self._done: dict[str, set[int]] = {}
        self._count = 0
        self._whole = True

    def read(self) -> list[tuple[int, dict[str, Any]]]:
        """The events with their numbers; a line that a killed process left unfinished is passed over."""
        data = self.path.read_bytes() if self.path.exists() else b""
        lines = data.split(b"\n")
        self._whole = lines[-1] == b""
        self._count = len(lines) - self._whole
        events = []
        for number, line in enumerate(lines[: self._count]):
            try:
                events.append((number, json.loads(line)))
            except ValueError:
                continue
        return events

    def append(self, event: Event) -> int:
        """Write an event; returns its number. Raises OSError when it can't be written whole."""
        start = b"" if self._whole else b"\n"
        self._events.append(start + json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        number, self._count, self._whole = self._count, self._count + 1, True
        return number

    def done(self, sink: str) -> set[int]:
        """The numbers of the events that a sink has taken, also in former processes."""
        if sink not in self._done:
            path = self._done_path(sink)
            lines = path.read_text().splitlines() if path.exists() else []
            self._done.setdefault(sink, {int(line) for line in lines if line.isdigit()})
        return self._done[sink]

    def mark(self, sink: str, number: int) -> None:
        """Note on disk that a sink took an event."""
        if sink not in self._marks:
            self._marks.setdefault(sink, _Lines(self._done_path(sink), keep_open=self._keep_open))
        self._marks[sink].append(f"{number}\n".encode())
        self.done(sink).add(number)

    def close(self) -> None:
        """Keep no file open from now on; what a late sink takes is still noted."""
        self._keep_open = False
        for lines in (self._events, *list(self._marks.values())):
            lines.close()

    def remove(self) -> None:
        """Forget the run."""
        self.close()
        self.path.unlink(missing_ok=True)
        for path in self._folder.glob(f"{self.run_id}.*.done"):
            path.unlink(missing_ok=True)

    def _done_path(self, sink: str) -> Path:
        return self._folder / f"{self.run_id}.{quote(sink, safe='')}.done"


class _Lines:
    """A file that whole lines are appended to. Each is one write, with the system when `append` returns: killing the
    process loses none."""

    def __init__(self, path: Path, *, keep_open: bool) -> None:
        self._path = path
        self._keep_open = keep_open
        self._file: int | None = None
        self._lock = threading.Lock()  # a sink that was late may write while another thread closes

    def append(self, data: bytes) -> None:
        """Write at the end; raises OSError, and leaves nothing there, when not all could be written."""
        with self._lock:
            try:
                if self._file is None:
                    self._path.parent.mkdir(parents=True, exist_ok=True)
                    self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
                self._write(self._file, data)
            finally:
                if not self._keep_open:
                    self._release()

    def _write(self, file: int, data: bytes) -> None:
        written = os.write(file, data)
        if written != len(data):
            os.ftruncate(file, os.fstat(file).st_size - written)  # the product's lock keeps others away
            message = f"{self._path}: the disk took only a part of a line"
            raise OSError(message)

    def close(self) -> None:
        """Close it; what is appended later opens it for that alone."""
        with self._lock:
            self._keep_open = False
            self._release()

    def _release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


class Spool:
    """Spooled delivery to named sinks: each hears the events in order, on its own thread, and is resumed on its own.

    The caller holds the product's lock, so that files of other runs belong to dead ones.
    """

    def __init__(self, folder: Path, sinks: Mapping[str, Sink], flushes: Mapping[str, Flush] | None = None) -> None:
        self._folder = folder
        self._sinks = sinks
        self._flushes = flushes or {}
        self._files: dict[str, SpoolFile] = {}
        self._sent: dict[str, list[int]] = {}
        self._unwritable = False
        self._lock = threading.Lock()
        self._deliveries = Deliveries({name: self._deliverer(name, sink) for name, sink in sinks.items()})

    def left_over(self) -> list[SpoolFile]:
        """The files of former runs, oldest first; drops what is too much."""
        paths = sorted(self._folder.glob("*.jsonl")) if self._folder.exists() else []  # UUIDv7: by time
        files = [SpoolFile(self._folder, path.stem) for path in paths if path.stem not in self._files]
        old, kept = files[:-KEPT_RUNS], files[-KEPT_RUNS:]
        for file in old:
            file.remove()
        if old:
            _log.warning("lineage of %d runs was never taken by a sink and is dropped", len(old))
        known = {file.run_id for file in kept} | set(self._files)
        for orphan in self._folder.glob("*.done"):
            if orphan.name.partition(".")[0] not in known:
                orphan.unlink(missing_ok=True)
        return kept

    def resend(self, file: SpoolFile) -> None:
        """Send what a former run's sinks have not taken."""
        self._files[file.run_id] = file
        for number, event in file.read():
            self._send(file, number, event)

    def send(self, run_id: str, event: Event) -> None:
        """Write an event to disk, then hand it to every sink; never waits for one."""
        with self._lock:
            if run_id not in self._files:
                self._files[run_id] = SpoolFile(self._folder, run_id, keep_open=True)
            file = self._files[run_id]
            try:
                self._send(file, file.append(event), event)
            except OSError as error:
                self._say_unwritable(error)
                self._deliveries.send(None, 0, event)

    def _say_unwritable(self, error: OSError) -> None:
        if not self._unwritable:
            self._unwritable = True
            _log.warning(
                "lineage can't be kept on disk, and is sent once only: %s: %s", self._folder, error.strerror or error
            )

    def _send(self, file: SpoolFile, number: int, event: Event) -> None:
        self._sent.setdefault(file.run_id, []).append(number)
        self._deliveries.send(file, number, event)

    def finish(self, timeout: float) -> dict[str, int]:
        """Wait for the sinks, side by side, `timeout` seconds at most; the number of events that each has not taken.

        What everybody took is removed from disk; the rest stays for the next run.
        """
        self._deliveries.send(None, 0, timeout)
        self._deliveries.flush(timeout)
        missing = dict.fromkeys(self._sinks, 0)
        for run_id, file in self._files.items():
            sent = set(self._sent.get(run_id, ()))
            left = {name: len(sent - file.done(name)) for name in self._sinks}
            for name, number in left.items():
                missing[name] += number
            if any(left.values()):
                file.close()
            else:
                file.remove()
        return {name: number for name, number in missing.items() if number}

    def _deliverer(self, name: str, sink: Sink) -> Callable[[SpoolFile | None, int, Event | float], None]:
        """What a sink's thread calls: with an event, or, at the end, with the seconds that a flush may take."""

        def deliver(file: SpoolFile | None, number: int, what: Event | float) -> None:
            if isinstance(what, float):
                if name in self._flushes:
                    self._flushes[name](what)
            elif file is None:
                sink(what)
            elif number not in file.done(name):
                sink(what)
                file.mark(name, number)

        return deliver
