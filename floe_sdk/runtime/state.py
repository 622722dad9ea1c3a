"""What this machine knows of a product's runs: a journal file each, so that the next run sees one that died."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.run import STATE_NOT_WRITABLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEPT = 50
"""How many journals of ended runs are kept."""


@dataclass(frozen=True)
class RunEntry:
    """A run in the journal; `ended` and `status` stay None for one that died."""

    run_id: str
    product: str
    environment: str
    namespace: str
    pid: int
    host: str
    started: str
    ended: str | None = None
    status: str | None = None


def begin(state: Path, run_id: str, product: str, environment: str, namespace: str) -> RunEntry:
    """Note that a run of this process began; the caller holds the product's lock."""
    entry = RunEntry(run_id, product, environment, namespace, os.getpid(), socket.gethostname(), _now())
    _write(state, entry)
    return entry


def end(state: Path, entry: RunEntry, status: str) -> None:
    """Note that it ended, and forget the oldest ended ones."""
    _write(state, replace(entry, ended=_now(), status=status))
    ended = [each for each in _entries(state) if each.ended]
    for old in ended[:-KEPT]:
        _path(state, old.run_id).unlink(missing_ok=True)


def open_runs(state: Path) -> list[RunEntry]:
    """Runs without an end, oldest first. For who holds the product's lock these are dead."""
    return [entry for entry in _entries(state) if not entry.ended]


@contextlib.contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Turn a failure to write below `folder` into FLOE-R002, which names FLOE_STATE_DIR."""
    try:
        yield
    except OSError as error:
        raise FloeError(
            STATE_NOT_WRITABLE,
            f"the state folder can't be written: {error.strerror or error}",
            where=str(error.filename or folder),
            fix="make it writable, or set FLOE_STATE_DIR to a folder that is",
        ) from error


def write_atomically(path: Path, text: str) -> None:
    """Write a whole file or nothing, also when the process is killed."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _write(state: Path, entry: RunEntry) -> None:
    with writable(state):
        (state / "runs").mkdir(parents=True, exist_ok=True)
        write_atomically(_path(state, entry.run_id), json.dumps(asdict(entry), indent=2) + "\n")


def _path(state: Path, run_id: str) -> Path:
    return state / "runs" / f"{run_id}.json"


def _entries(state: Path) -> list[RunEntry]:
    entries = []
    for path in sorted((state / "runs").glob("*.json")):  # UUIDv7: by time
        try:
            entries.append(RunEntry(**json.loads(path.read_bytes())))
        except (OSError, ValueError, TypeError):  # not ours, or gone meanwhile
            continue
    return entries


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
