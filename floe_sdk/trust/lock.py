"""`plugins.lock.json`: which plugins an artifact was compiled with, down to their source files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from floe_sdk.errors import trust as problems
from floe_sdk.trust.files import digest, installed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from floe_sdk.plugins.discovery import PluginRecord

LOCK_NAME = "plugins.lock.json"
VERSION = 1


class Locked(NamedTuple):
    """One plugin of the lock; `files_sha256` is None for an editable install, whose files are not compared."""

    plugin: str
    distribution: str
    version: str
    entry_point: str
    files_sha256: str | None

    @property
    def editable(self) -> bool:
        """Whether the lock was made from an editable install."""
        return self.files_sha256 is None


class PluginLock(NamedTuple):
    """The lock: its plugins by `type/name`, and the file that it was read from, or belongs to."""

    path: Path
    plugins: Mapping[str, Locked]

    def text(self) -> str:
        """The file's content: sorted, the same for equal plugins, without a time or a path of this machine."""
        entries = [entry._asdict() for _, entry in sorted(self.plugins.items())]
        return json.dumps({"lock_version": VERSION, "plugins": entries}, indent=2, ensure_ascii=False) + "\n"


def lock_of(records: Iterable[PluginRecord], path: Path, built: Mapping[str, str] | None = None) -> PluginLock:
    """The lock of installed plugins; reads their files, once for each distribution.

    `built` gives, by distribution, the hash of one that will be installed from elsewhere than here.
    """
    hashes: dict[str, str | None] = dict(built or {})
    entries: dict[str, Locked] = {}
    for record in records:
        if record.distribution not in hashes:
            found = installed(record)
            hashes[record.distribution] = None if found.editable else digest(found.files)
        entries[record.identity] = Locked(
            record.identity, record.distribution, record.version, record.target, hashes[record.distribution]
        )
    return PluginLock(path, entries)


def changes(old: PluginLock, new: PluginLock) -> Iterator[str]:
    """A line for each plugin that is in both, and is another now."""
    for identity, entry in sorted(new.plugins.items()):
        before = old.plugins.get(identity, entry)
        if before[1:3] != entry[1:3]:
            is_now, was = (" ".join(each[1:3]) for each in (entry, before))
            yield f"{identity} is {is_now} now, and was {was}"
        elif before != entry:
            yield f"{identity} has other files of {entry.distribution} {entry.version} now"


def read_lock(folder: Path) -> PluginLock:
    """The lock in a `target/` folder; raises FloeError where it is missing or broken."""
    path = folder / LOCK_NAME
    try:
        data: Any = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise problems.lock_missing(path) from None
    except OSError as error:
        raise problems.lock_broken(path, str(error.strerror)) from None
    except ValueError:
        raise problems.lock_broken(path, "it is no JSON text") from None
    version = data.get("lock_version") if isinstance(data, dict) else None
    if version != VERSION:
        raise problems.lock_broken(path, f"it has version {version!r:.20}, this floe reads {VERSION}")
    try:
        entries = [Locked(**{name: entry[name] for name in Locked._fields}) for entry in data["plugins"]]
    except (KeyError, TypeError):
        raise problems.lock_broken(path, "an entry lacks a field") from None
    return PluginLock(path, {entry.plugin: entry for entry in entries})
