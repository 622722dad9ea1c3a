"""`--locked`: what is installed is held against the lock, before anything of it is imported."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from floe_sdk.errors import raise_all
from floe_sdk.errors import trust as problems
from floe_sdk.trust.files import Installed, digest, installed
from floe_sdk.trust.lock import Locked, PluginLock, read_lock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from floe_sdk.errors import FloeError, Location
    from floe_sdk.plugins.discovery import PluginRecord

NAMED_FILES = 3
"""How many changed files a message names."""


class Vetting:
    """The lock of a `target/` folder, held against what is installed; an object is called for each plugin to import.

    Making one raises FloeError with everything that differs. `warnings` says what could not be compared.
    """

    def __init__(self, folder: Path, records: Sequence[PluginRecord]) -> None:
        self._lock: PluginLock = read_lock(folder)
        self._compared: dict[str, Installed] = {}
        self._editable: dict[str, list[str]] = {}
        raise_all(problem for entry in self._lock.plugins.values() for problem in self._problems(entry, records))
        self.warnings = tuple(
            f"{name} is an editable install, here or where it was locked, and is not compared with the lock: "
            + ", ".join(identities)
            for name, identities in self._editable.items()
        )

    def __call__(self, record: PluginRecord, where: Location | None = None) -> None:
        """Raise where the lock does not have the plugin; floe-sdk's own secrets plugins need no selection."""
        locked = self._lock.plugins.get(record.identity)
        if (locked is None or locked.distribution != record.distribution) and not (
            record.own and record.type == "secrets"
        ):
            raise problems.not_locked(record, self._lock.path, where)

    def _problems(self, entry: Locked, records: Sequence[PluginRecord]) -> Iterator[FloeError]:
        named = [record for record in records if record.identity == entry.plugin]
        record = next((record for record in named if record.distribution == entry.distribution), None)
        remedy = f"run: pip install --force-reinstall '{entry.distribution}=={entry.version}'"
        if record is None:
            others = f", but {' and '.join(sorted(one.distribution for one in named))} provides it" if named else ""
            missing = f"{entry.distribution} {entry.version} is not installed{others}"
            yield problems.changed(entry.plugin, missing, remedy)
        elif difference := self._difference(entry, record):
            yield problems.changed(entry.plugin, difference, remedy)

    def _difference(self, entry: Locked, record: PluginRecord) -> str | None:
        found = self._compared.setdefault(record.distribution, installed(record))
        if found.editable or entry.editable:
            self._editable.setdefault(entry.distribution, []).append(entry.plugin)
            return None
        if record.version != entry.version:
            return f"{entry.distribution} is {record.version} here, {entry.version} in the lock"
        if record.target != entry.entry_point:
            return f"its entry point is {record.target} here, {entry.entry_point} in the lock"
        if digest(found.files) != entry.files_sha256:
            return f"{entry.distribution} {entry.version} has other files ({_which(found)})"
        return None


def _which(found: Installed) -> str:
    """What was changed after the installation, by the installer's own hashes; else it came from another build."""
    changed = sorted(path for path in found.files if _is_changed(found, path))
    if not changed:
        return "another build of the same version"
    more = f" and {len(changed) - NAMED_FILES} more" if len(changed) > NAMED_FILES else ""
    return f"changed since it was installed: {', '.join(changed[:NAMED_FILES])}{more}"


def _is_changed(found: Installed, path: str) -> bool:
    kind, _, expected = found.recorded.get(path, "").partition("=")
    try:
        data = found.files[path].read_bytes()
    except OSError:
        return True
    if not expected:
        return path not in found.recorded and bool(found.recorded)
    return base64.urlsafe_b64encode(hashlib.new(kind, data).digest()).rstrip(b"=").decode() != expected
