"""What this machine knows of a product's runs: a journal file each, so that the next run sees one that died."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from floe_sdk.project.files import cannot_write, write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = 50
"""How many journals of ended runs are kept."""


@dataclass(frozen=True)
class RunEntry:
    """A run in the journal; `ended` and `status` stay None for one that died.

    `unfinished` are the nodes that failed or were skipped: None where the run died before it could say so.
    """

    run_id: str
    product: str
    environment: str
    namespace: str
    pid: int
    host: str
    started: str
    ended: str | None = None
    status: str | None = None
    unfinished: tuple[str, ...] | None = None
    full_refresh: bool = False
    variables: dict[str, Any] = field(default_factory=dict)


def begin(
    state: Path, run_id: str, product: str, environment: str, namespace: str, *, variables: dict[str, Any]
) -> RunEntry:
    """Note that a run of this process began; the caller holds the product's lock."""
    host = socket.gethostname()
    entry = RunEntry(run_id, product, environment, namespace, os.getpid(), host, _now(), variables=variables)
    _write(state, entry)
    return entry


def end(
    state: Path, entry: RunEntry, status: str, unfinished: tuple[str, ...] | None = None, *, full_refresh: bool = False
) -> None:
    """Note that it ended, and forget the oldest ended ones."""
    _write(state, replace(entry, ended=_now(), status=status, unfinished=unfinished, full_refresh=full_refresh))
    ended = [each for each in _entries(state) if each.ended]
    for old in ended[:-KEPT]:
        if _path(state, old.run_id).with_suffix(".files").exists():
            continue  # its files are still to be cleaned, which needs to know its environment
        _path(state, old.run_id).unlink(missing_ok=True)


def last_run(state: Path, environment: str, *, but: str = "") -> RunEntry | None:
    """The last run of the environment, also one that died; leave out the one that asks. Numbers of processes come
    again, in a container with every run."""
    entries = [entry for entry in _entries(state) if entry.environment == environment and entry.run_id != but]
    return entries[-1] if entries else None


def open_runs(state: Path) -> list[RunEntry]:
    """Runs without an end, oldest first. For who holds the product's lock these are dead."""
    return [entry for entry in _entries(state) if not entry.ended]


@contextlib.contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Turn a failure to write below `folder` into an error that names FLOE_STATE_DIR."""
    try:
        yield
    except OSError as error:
        raise cannot_write(Path(error.filename or folder), error) from error


def _write(state: Path, entry: RunEntry) -> None:
    write_atomic(_path(state, entry.run_id), json.dumps(asdict(entry), indent=2) + "\n")


def _path(state: Path, run_id: str) -> Path:
    return state / "runs" / f"{run_id}.json"


def read(state: Path, run_id: str) -> RunEntry | None:
    """One entry, or None where there is none that can be read."""
    try:
        return RunEntry(**json.loads(_path(state, run_id).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def _entries(state: Path) -> list[RunEntry]:
    """By time, as UUIDv7 sort."""
    entries = (read(state, path.stem) for path in sorted((state / "runs").glob("*.json")))
    return [entry for entry in entries if entry is not None]


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
