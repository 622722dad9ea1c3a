"""A last look: no file of a package may hold the value of a secret that can be had here."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError, raise_all
from floe_sdk.errors.packaging import SECRET_INSIDE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from floe_sdk.packaging.archive import Entry
    from floe_sdk.schemas.secret import Secret

LOCAL = frozenset({"env", "file"})
"""Schemes whose secrets are looked up for this: those of this machine. A vault is not asked."""
SHORTEST = 8
"""Shorter values are found in any text."""


def check_no_secrets(entries: Mapping[str, Entry], secrets: Iterable[Secret]) -> None:
    """Raise FloeError with each file that holds one; the message names the reference, never the value."""
    known = list(_values(secrets))
    raise_all(
        FloeError(
            SECRET_INSIDE,
            f"the value of the secret {{{secret.scheme}: {secret.key}}} stands in it",
            where=name,
            fix=SECRET_INSIDE.remedy,
        )
        for name, entry in sorted(entries.items())
        for secret, value in known
        if _holds(entry.content, value)
    )


def _values(secrets: Iterable[Secret]) -> Iterator[tuple[Secret, bytes]]:
    for secret in dict.fromkeys(secrets):
        if secret.scheme not in LOCAL:
            continue
        try:
            value = secret.reveal().encode()
        except FloeError:
            continue  # it can't be had here, so it can't have come from here
        if len(value) >= SHORTEST:
            yield secret, value


def _holds(content: bytes | Path, value: bytes) -> bool:
    if isinstance(content, bytes):
        return value in content
    if not content.stat().st_size:
        return False
    with content.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        return mapped.find(value) >= 0
