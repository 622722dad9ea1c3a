"""Hashes of distributions: from a lock that is given, or from the package index through uv."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError, raise_all
from floe_sdk.errors.packaging import NO_HASHES, NOT_IN_LOCK, UV_MISSING
from floe_sdk.packaging.lock import parse_lock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from floe_sdk.packaging.lock import Hashes, Pin

SECONDS = 300
_SAME = {"PIP_INDEX_URL": "UV_DEFAULT_INDEX", "PIP_EXTRA_INDEX_URL": "UV_INDEX", "PIP_CERT": "SSL_CERT_FILE"}
"""uv reads none of pip's variables: whoever needs another index for pip needs it for uv."""


def hashes_from_lock(path: Path, pins: Iterable[Pin]) -> Hashes:
    """The hashes of `pins` in a requirements file. Raises FloeError with every one that it lacks."""
    try:
        known = parse_lock(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise FloeError(NOT_IN_LOCK, f"the lock can't be read: {reason}", where=str(path)) from None
    wanted = list(pins)
    versions: dict[str, str] = dict(iter(known))
    raise_all(
        FloeError(
            NOT_IN_LOCK,
            f"it has no hashes of {name} {version}, which is installed"
            + (f"; it has {versions[name]}" if name in versions else ""),
            where=str(path),
            fix=f"install what the lock says, or put the wheel into the package: --bundle {name}",
        )
        for name, version in wanted
        if (name, version) not in known
    )
    return {each: known[each] for each in wanted}


def hashes_from_index(pins: Iterable[Pin]) -> Hashes:
    """The hashes of `pins` in the index that uv is set to ask. Raises FloeError with what uv says."""
    wanted = list(pins)
    if not wanted:
        return {}
    options = ("--generate-hashes", "--no-deps", "--no-header", "--no-annotate", "--no-emit-index-url", "--quiet")
    command = [*_uv(), "pip", "compile", "-", *options, f"--python={sys.executable}"]
    lines = "".join(f"{name}=={version}\n" for name, version in wanted)
    with tempfile.TemporaryDirectory(prefix="floe-lock-") as nowhere:  # no pyproject.toml of anybody has a say
        try:
            done = subprocess.run(
                command,
                cwd=nowhere,
                env=_environment(),
                input=lines,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=True,
            )
        except subprocess.CalledProcessError as error:
            raise _no_hashes(" ".join(str(error.stderr).split())) from None
        except subprocess.TimeoutExpired:
            raise _no_hashes(f"it did not answer within {SECONDS} s") from None
    found = parse_lock(done.stdout)
    if missing := [f"{name}=={version}" for name, version in wanted if (name, version) not in found]:
        raise _no_hashes(f"there are none of {', '.join(missing)}")
    return {each: found[each] for each in wanted}


def _no_hashes(reason: str) -> FloeError:
    return FloeError(NO_HASHES, f"the package index gives no hashes: {reason}", fix=NO_HASHES.remedy)


def _environment() -> dict[str, str]:
    given = dict(os.environ)
    for ours, theirs in _SAME.items():
        if ours in given:
            given.setdefault(theirs, given[ours])
    return given


def _uv() -> list[str]:
    """uv: what UV names, on PATH, beside this Python, or as a module of it."""
    beside = shutil.which("uv", path=str(Path(sys.executable).parent))
    if found := os.environ.get("UV") or shutil.which("uv") or beside:
        return [found]
    if importlib.util.find_spec("uv") is None:
        raise FloeError(UV_MISSING, UV_MISSING.title, fix=UV_MISSING.remedy)
    return [sys.executable, "-m", "uv"]
