"""The command `dagster` as a user starts it: from `/`, without PYTHONPATH, with a home of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

BIN = Path(sys.executable).parent
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def dagster_home(folder: Path) -> Path:
    """A DAGSTER_HOME that sends nothing anywhere."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    return folder


def dagster_environment(home: Path, **environment: str) -> dict[str, str]:
    """The variables of a Dagster process; none of this process' floe, telemetry or Python settings."""
    away = ("FLOE_", "OTEL_", "TINY_", "DAGSTER_", "PYTHONPATH", "PYTHONWARNINGS")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(away)}
    return {**kept, "DAGSTER_HOME": str(home), **environment}


def dagster(
    *arguments: str, home: Path, cwd: str | Path = "/", prefix: Sequence[str] = (), **environment: str
) -> tuple[int, str]:
    """Run `dagster ARGUMENTS`, by the command `prefix`; (exit code, all that it printed, without colours)."""
    done = subprocess.run(
        [*prefix, BIN / "dagster", *arguments],
        cwd=cwd,
        env=dagster_environment(home, **environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )
    return done.returncode, _COLOUR.sub("", done.stdout)


def validate(*arguments: str, home: Path, **options) -> tuple[int, str]:
    """Run `dagster definitions validate`."""
    return dagster("definitions", "validate", *arguments, home=home, **options)
