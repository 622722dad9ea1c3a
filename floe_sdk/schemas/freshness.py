"""How old the rows of a source are, beside how old they may be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum


class FreshnessStatus(str, Enum):
    """What a check says; `ERROR` is a source that is too old, or that could not be checked."""

    PASS = "pass"  # noqa: S105 - no password
    WARN = "warn"
    ERROR = "error"


@dataclass(frozen=True)
class SourceFreshness:
    """One source, checked.

    `loaded_at` is the time of its newest row and `age` how long ago that was; both are None where it has no row with a
    time, and where it could not be checked: `message` says why then. `warn_after` and `error_after` are its limits.
    """

    id: str
    name: str
    status: FreshnessStatus
    loaded_at: datetime | None = None
    age: timedelta | None = None
    warn_after: timedelta | None = None
    error_after: timedelta | None = None
    message: str = ""
