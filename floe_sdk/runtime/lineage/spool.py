"""Events on disk before they are sent, in order to each sink, and sent again by whoever comes next."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from floe_sdk.errors import FloeError
from floe_sdk.runtime.lineage.keeping import Keeper
from floe_sdk.runtime.lineage.sending import Sender, SinkReport
from floe_sdk.runtime.lineage.spool_file import SpoolFile, spooled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Event = Mapping[str, Any]
    Sink = Callable[[Event], object]
    Flush = Callable[[float], object]

_log = logging.getLogger("floe_sdk.lineage")


class Spool:
    """Spooled delivery to named sinks: each hears the events in order, on its own thread, and is resumed on its own.

    `sent` is the folder for events that every sink has taken. The caller holds the product's lock, so that files of
    other runs belong to dead ones.
    """

    def __init__(
        self, folder: Path, sent: Path, sinks: Mapping[str, Sink], flushes: Mapping[str, Flush] | None = None
    ) -> None:
        self._folder = folder
        self._keeper = Keeper(folder, sent)
        self._files: dict[str, SpoolFile] = {}
        self._unwritable = False
        self._lock = threading.Lock()
        self._senders = {
            name: Sender(name, sink, flush=(flushes or {}).get(name), refused=self._keeper.set_aside)
            for name, sink in sinks.items()
        }

    def left_over(self) -> list[SpoolFile]:
        """The files of former runs, oldest first; drops what is too much."""
        kept = self._keeper.bound(spooled(self._folder))
        known = {file.run_id for file in kept}
        for orphan in self._folder.glob("*.done"):
            if orphan.name.partition(".")[0] not in known:
                orphan.unlink(missing_ok=True)
        return kept

    def resend(self, file: SpoolFile) -> None:
        """Send what a former run's sinks have not taken; a sink that the run did not have is not told of it."""
        self._files[file.run_id] = file
        for name in file.waiting():
            if name in self._senders:
                self._senders[name].resume(file)

    def send(self, run_id: str, event: Event) -> None:
        """Write an event to disk, then hand it to every sink; never waits for one."""
        with self._lock:
            try:
                file = self._file(run_id)
                number = file.append(event)
            except OSError as error:
                self._say_unwritable(error)
                for sender in self._senders.values():
                    sender.put(None, 0, event)
                return
            for sender in self._senders.values():
                sender.put(file, number, event)

    def _file(self, run_id: str) -> SpoolFile:
        if run_id not in self._files:
            file = SpoolFile(self._folder, run_id, keep_open=True)
            file.want(self._senders)
            self._files[run_id] = file
        return self._files[run_id]

    def _say_unwritable(self, error: OSError) -> None:
        if not self._unwritable:
            self._unwritable = True
            _log.warning(
                "lineage can't be kept on disk, and is sent once only: %s: %s", self._folder, error.strerror or error
            )

    def finish(
        self, timeout: float, limits: Mapping[str, float] | None = None, tries: int | None = None
    ) -> list[SinkReport]:
        """Wait for the sinks, side by side, `timeout` seconds at most, or what `limits` says of a sink.

        What everybody took is no longer in the spool; the rest stays for the next run. Reports in the sinks' order.
        """
        now = time.monotonic()
        for name, sender in self._senders.items():
            sender.finish(now + min(timeout, (limits or {}).get(name, timeout)), tries)
        reports = [sender.wait() for sender in self._senders.values()]
        waiting: dict[str, int] = {}
        taken = []
        for file in self._files.values():
            file.close()
            left = file.waiting()
            taken += [] if left else [file]
            for name, number in left.items():
                waiting[name] = waiting.get(name, 0) + number
        for report in reports:
            report.waiting = waiting.get(report.name, 0)
        if self._unwritable:
            return reports
        try:
            self._keeper.settle(reports, taken)
        except (OSError, FloeError) as error:
            _log.warning("lineage was sent, and the spool can't be tidied: %s", error)
        return reports
