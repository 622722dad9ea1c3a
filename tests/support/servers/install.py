"""Real servers from the package registries, built once for every checkout on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from filelock import FileLock

BUILD_SECONDS = 1200


class Unavailable(Exception):  # noqa: N818 - a state of this machine, which a lane may skip for
    """A server that can't be had here; the message says why and what to do."""


def servers_folder() -> Path:
    """Where installed servers are: outside of the checkout, so that the next one finds them."""
    if folder := os.environ.get("FLOE_SERVERS_DIR"):
        return Path(folder)
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "floe-servers"


def installed(name, version, build):
    """The folder of a server; `build(folder)` fills it where it is missing. Asks no registry once it is there."""
    folder = servers_folder() / f"{name}-{version}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.parent / f".{folder.name}.lock", timeout=BUILD_SECONDS):
        if not folder.is_dir():
            _build(folder, build)
    return folder


def _build(folder, build):
    say(f"{folder.name} into {folder.parent}")
    started = time.monotonic()
    # Only a whole server gets its name: one that is killed half-way leaves a folder that the next build removes.
    for left in folder.parent.glob(f".{folder.name}.building-*"):
        shutil.rmtree(left)
    building = Path(tempfile.mkdtemp(prefix=f".{folder.name}.building-", dir=folder.parent))
    try:
        building.chmod(0o755)
        build(building)
        building.rename(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    say(f"{folder.name} installed in {time.monotonic() - started:.0f} s")


def tool(command, remedy):
    """The path of a program that a build or a server needs."""
    found = shutil.which(command)
    if not found:
        raise Unavailable(f"there is no command `{command}`. {remedy}")
    return found


def build_step(what, command, folder, **environment):
    """Run one command of a build; its last words are the reason where it fails."""
    result = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    if result.returncode:
        last = "\n".join(result.stdout.strip().splitlines()[-15:])
        raise Unavailable(f"{what} could not be installed, `{Path(command[0]).name}` says:\n{last}")


def say(text):
    sys.stderr.write(f"servers: {text}\n")
    sys.stderr.flush()
