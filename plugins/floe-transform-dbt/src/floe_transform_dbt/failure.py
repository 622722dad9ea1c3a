"""dbt's exceptions as floe's errors: its own message, with the file and line that it speaks of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from floe_sdk import (
    ENGINE_CONFIG,
    ENGINE_FAILED,
    PACKAGES_NOT_INSTALLED,
    PROJECT_NOT_PARSED,
    FloeError,
    Location,
)

if TYPE_CHECKING:
    from floe_transform_dbt.project import DbtProject

FILE = re.compile(r"(?<![\w./-])([\w./-]+\.(?:sql|ya?ml|py|md|csv))\b")
LINE = re.compile(r"\bline (\d+)")


def parse_failure(error: BaseException | None, project: DbtProject) -> FloeError:
    """Why `dbt parse` failed."""
    from dbt.exceptions import DbtProfileError, UninstalledPackagesFoundError
    from dbt_common.exceptions import DbtBaseException

    if error is None:
        return FloeError(ENGINE_FAILED, "dbt parse failed without a message")
    message = clean(str(error))
    if isinstance(error, UninstalledPackagesFoundError):
        return FloeError(
            PACKAGES_NOT_INSTALLED, message, where=str(project.root), fix=f"run `dbt deps` in {project.root}"
        )
    if isinstance(error, DbtProfileError):
        return FloeError(ENGINE_CONFIG, message, fix="check plugins.compute in manifest.yaml")
    if not isinstance(error, DbtBaseException):
        return FloeError(ENGINE_FAILED, f"dbt stopped with {type(error).__name__}: {message}")
    return FloeError(PROJECT_NOT_PARSED, message, where=_place(message, project), fix="correct the file and try again")


def clean(message: str) -> str:
    """The message without the padding that it adds for terminals."""
    return "\n".join(line.rstrip() for line in message.strip().splitlines() if line.strip())


def _place(message: str, project: DbtProject) -> Location | str:
    line = LINE.search(message)
    for name in FILE.findall(message):
        for path in (project.root / name, *sorted(project.root.rglob(name) if "/" not in name else ())):
            if path.is_file():
                return Location(str(path), int(line[1]) if line else None)
    return str(project.root)
