"""The mark of what only the author can write: `floe plugins new` leaves it, `floe plugins check` finds it."""

from __future__ import annotations

from typing import NamedTuple

MARK = "floe:replace"
"""Stands in a comment, followed by what is to be written there; a package that still holds one is not finished."""


class Placeholder(NamedTuple):
    """A line that holds the mark: its number, from 1, and what is to be written there."""

    line: int
    wanted: str


def placeholders(text: str) -> list[Placeholder]:
    """The marks in the text of a file, in order."""
    return [
        Placeholder(number, line.partition(MARK)[2].strip(" :-").removesuffix("-->").strip())
        for number, line in enumerate(text.splitlines(), 1)
        if MARK in line
    ]
