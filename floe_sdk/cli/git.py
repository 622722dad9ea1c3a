"""What git knows of the person at the keyboard."""

from __future__ import annotations

import subprocess


def git_value(key: str) -> str | None:
    """A value of git's configuration; None where there is none, or no git."""
    try:
        done = subprocess.run(["git", "config", key], capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None
