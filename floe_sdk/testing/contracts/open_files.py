"""What this process holds open: files and connections."""

from __future__ import annotations

import gc
import time
from pathlib import Path

_FOLDERS = (Path("/proc/self/fd"), Path("/dev/fd"))
_GRACE = 2.0


def what_is_open() -> dict[str, str]:
    """The open descriptors and what each leads to; nothing where the system does not tell.

    A module that some thread imports at this moment does not count.
    """
    folder = next((each for each in _FOLDERS if each.is_dir()), None)
    found = {}
    for entry in list(folder.iterdir()) if folder else ():
        try:
            target = str(entry.readlink())
        except OSError:
            continue  # the listing's own
        if target.startswith(("/", "socket:")) and not target.startswith("/dev/") and not target.endswith(".pyc"):
            found[entry.name] = target
    return found


def opened_since(before: dict[str, str]) -> list[str]:
    """What is open now and was not `before`; what nobody refers to any more does not count.

    Nor does what is closed within two seconds: a server of the test's own, in this process, closes its side of a
    connection a moment after the client.
    """
    gc.collect()
    until = time.monotonic() + _GRACE
    while (found := _not_in(before)) and time.monotonic() < until:
        time.sleep(0.05)
    return found


def _not_in(before: dict[str, str]) -> list[str]:
    return sorted(target for entry, target in what_is_open().items() if before.get(entry) != target)
