"""Where a table's files are placed below the storage's root."""

from __future__ import annotations

import hashlib
import re

_PLAIN = re.compile(r"[A-Za-z0-9_.=-]+")


def table_location(root: str, namespace: str, table: str) -> str:
    """The URI of a new table: `root` + namespace + table, without "/" at its end.

    Names that a URI or a file system can't hold as they are get a readable form and a hash, so that two never meet.
    """
    return f"{root}{_part(namespace)}/{_part(table)}"


def _part(name: str) -> str:
    if _PLAIN.fullmatch(name) and not name.startswith("."):
        return name
    readable = re.sub(r"[^A-Za-z0-9_-]+", "_", name)[:60]
    return f"{readable}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
