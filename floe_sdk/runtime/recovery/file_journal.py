"""The data files that a run has begun to write: a journal, so that the next run knows those of one that died."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import threading
from typing import TYPE_CHECKING

from floe_sdk.project.files import cannot_write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from floe_sdk.plugins.host import Platform

SUFFIX = ".files"
"""A run's journal of files is `<product_state>/runs/<run_id>.files`."""


class FileJournal:
    """One run's data files: one JSON line before a file is written, one when it is committed or deleted.

    `place` says which catalog it is (`place_of`): another one does not know what was committed there.

    Lines are appended whole, so that what a killed process left can be read; the file appears with the first line.
    Raises FloeError (exit code 1) for a line that can't be written: its file must not be begun then.
    """

    def __init__(self, path: Path, run_id: str, place: Callable[[], str] = str) -> None:
        self.path = path
        self.run_id = run_id
        self._place = place
        self._lock = threading.Lock()

    def begun(self, uri: str, namespace: str, table: str) -> None:
        """Record a file that is about to be written."""
        self._append([{"file": uri, **self._of(namespace, table)}])

    def committing(self, commit: str, snapshot_id: int, location: str, namespace: str, table: str) -> None:
        """Record a commit whose manifests are about to be written to `location`/metadata."""
        entry = {"commit": commit, "snapshot": str(snapshot_id), "location": location}
        self._append([{**entry, **self._of(namespace, table)}])

    def settled(self, uris: Iterable[str]) -> None:
        """Record files that were committed or deleted, and commits that are done."""
        self._append([{"settled": uri} for uri in uris])

    def close(self) -> None:
        """Remove the journal when nothing in it is open; call it at the end of the run."""
        if self.path.exists() and not unsettled(self.path):
            self.path.unlink()

    def _of(self, namespace: str, table: str) -> dict[str, str]:
        return {"namespace": namespace, "table": table, "run_id": self.run_id, "place": self._place()}

    def _append(self, lines: list[dict[str, str]]) -> None:
        if not lines:
            return
        data = "".join(json.dumps(line) + "\n" for line in lines).encode()
        try:
            with self._lock:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
                try:
                    size = os.fstat(handle).st_size
                    if os.write(handle, data) != len(data):
                        os.ftruncate(handle, size)  # the next line must not become a part of this one
                        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                finally:
                    os.close(handle)
        except OSError as error:
            raise cannot_write(self.path, error) from error


def unsettled(journal: Path) -> list[dict[str, str]]:
    """What in a journal is of unknown fate: `{file, namespace, table, run_id}` of a data file, and of a commit
    `{commit, snapshot, location, namespace, table, run_id}`."""
    open_entries: dict[str, dict[str, str]] = {}
    for line in journal.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue  # the last line of a process that died while it wrote it: that file was not begun
        if "settled" in entry:
            open_entries.pop(entry["settled"], None)
        else:
            open_entries[entry.get("file") or entry["commit"]] = entry
    return list(open_entries.values())


def place_of(platform: Platform) -> str:
    """What tells the platform's catalog and storage from others."""
    storage = platform.storage.storage_access()
    access = platform.catalog.catalog_access(storage=storage)
    addresses = (str(access.properties.get(key)).partition("?")[0] for key in ("uri", "warehouse"))
    told = [access.type, *addresses, storage.root]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def begun_elsewhere(journal: Path, place: str) -> bool:
    """Whether a run's files were written for another catalog or storage."""
    return any(entry.get("place") not in (None, "", place) for entry in unsettled(journal))
