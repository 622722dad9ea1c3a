"""What dbt warns of, as plain text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from floe_transform_dbt.failure import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from dbt_common.events.base_types import EventMsg

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
PREFIX = re.compile(r"\[WARNING\](: )?")
REPEATED = re.compile(r"Log\w+Result|RunResult\w+|EndOfRunSummary|CheckNodeTestFailure|NothingToDo|DeprecationsSummary")
"""Events that say once more how nodes ended or what was warned of."""


def warnings_to(told: Callable[[str], None]) -> Callable[[EventMsg], None]:
    """A dbt callback that hands on what dbt warns of."""

    def hear(message: EventMsg) -> None:
        if (text := warning_of(message)) is not None:
            told(text)

    return hear


def warning_of(message: EventMsg) -> str | None:
    """The text of a warning; None of any other event, and of a summary."""
    header: Any = message.info
    if header.level != "warn" or REPEATED.fullmatch(header.name):
        return None
    return PREFIX.sub("", clean(COLOUR.sub("", header.msg)), count=1) or None
