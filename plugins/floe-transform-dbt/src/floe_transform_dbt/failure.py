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
TEXTS = (".sql", ".yml", ".yaml", ".md", ".py", ".csv")
LINE = re.compile(r"\bline (\d+)")


def parse_failure(error: BaseException | None, project: DbtProject) -> FloeError:
    """Why `dbt parse` failed."""
    from dbt.exceptions import DbtProfileError, UninstalledPackagesFoundError
    from dbt_common.exceptions import DbtBaseException

    if error is None:
        return FloeError(ENGINE_FAILED, "dbt parse failed without a message")
    message = clean(str(error))
    if isinstance(error, UnicodeDecodeError):
        return _not_utf8(error, project)
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


def _not_utf8(error: UnicodeDecodeError, project: DbtProject) -> FloeError:
    """Which byte, dbt says, not of which file: it is the one that holds what could not be decoded."""
    found = (path for path in sorted(project.root.rglob("*")) if path.suffix in TEXTS and path.is_file())
    file = next((path for path in found if path.read_bytes() == error.object), project.root)
    line = error.object.count(b"\n", 0, error.start) + 1
    problem = f"the file is not UTF-8: byte 0x{error.object[error.start]:02x} at offset {error.start}"
    return FloeError(PROJECT_NOT_PARSED, problem, where=Location(str(file), line), fix="save the file as UTF-8")


def _place(message: str, project: DbtProject) -> Location | str:
    line = LINE.search(message)
    for name in FILE.findall(message):
        for path in (project.root / name, *sorted(project.root.rglob(name) if "/" not in name else ())):
            if path.is_file():
                return Location(str(path), int(line[1]) if line else None)
    return (_quoted(message.splitlines()[-1].strip(), project) if line else None) or str(project.root)


def _quoted(text: str, project: DbtProject) -> Location | None:
    """Where the line stands that the message quotes: of a macro dbt does not name the file."""
    for path in sorted(project.root.rglob("*.sql")):
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if line.strip() == text:
                return Location(str(path), number)
    return None
