"""`requirements.lock`: exactly one version of every distribution, with the hashes of its files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Pin = tuple[str, str]
"""A distribution's normalized name and its version."""
Hashes = dict[Pin, tuple[str, ...]]
"""The hashes of each pin, as `sha256:...`."""

_PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^]]*])?\s*==\s*([^\s;\\]+)")
_HASH = re.compile(r"--hash[=\s](\w+:[0-9a-f]+)")


def pin(name: str, version: str) -> Pin:
    """The pin of a name and version as somebody wrote them."""
    try:
        return canonicalize_name(name), str(Version(version))
    except InvalidVersion:
        return canonicalize_name(name), version


def parse_lock(text: str) -> Hashes:
    """The hashes in a requirements file; lines that are no pins with hashes are none of its business."""
    found: Hashes = {}
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        if (match := _PIN.match(line.strip())) and (hashes := _HASH.findall(line)):
            key = pin(match[1], match[2])
            found[key] = tuple(sorted({*found.get(key, ()), *hashes}))
    return found


def lock_text(header: Iterable[str], hashes: Mapping[Pin, Iterable[str]], wheels: Mapping[str, str]) -> str:
    """The file: sorted, every pin with its hashes, then the files beside it (path -> hash), which no index replaces."""
    lines = [f"# {line}" for line in header]
    pinned = [(f"{name}=={version}", known) for (name, version), known in sorted(hashes.items())]
    for what, known in [*pinned, *((f"./{path}", (digest,)) for path, digest in sorted(wheels.items()))]:
        lines.append(" \\\n".join([what, *(f"    --hash={each}" for each in sorted(known))]))
    return "\n".join(lines) + "\n"
