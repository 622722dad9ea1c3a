"""What is wrong with what is installed, and the command that mends it."""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """One thing that is wrong.

    `subject` is a distribution or a plugin (`type/name`), `fix` what to run or to write. `exit_code` is that of a
    command that is asked for this plugin. A `note` is worth knowing and no fault: a list leaves a plugin out.
    """

    kind: str
    distribution: str
    subject: str
    problem: str
    fix: str
    exit_code: int = 1
    note: bool = False
