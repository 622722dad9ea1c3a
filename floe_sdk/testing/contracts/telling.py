"""What a text that people read must hold, and must not: said once for every contract."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from floe_sdk.errors import REGISTRY
from floe_sdk.observability.redaction import SHORTEST, Redactor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from floe_sdk.errors import FloeError
    from floe_sdk.schemas.events import Health

LONGEST = 2000
"""Characters of a message; more is somebody's log."""


def assert_told(error: FloeError) -> None:
    """A known code, what is wrong in a few words, and what to do; no traceback."""
    for one in error.errors:
        assert one.code.id in REGISTRY, f"{one.code.id} is no code of floe's"
        assert one.fix or one.code.remedy, f"the error says not what to do: {one.problem}"
        assert_words(one.problem)


def assert_told_unwell(health: Health) -> None:
    """What is wrong, and what to do or the page that says it."""
    assert_words(health.message)
    assert health.fix or health.code, f"`fix` and `code` are empty: what is a reader to do about {health.message!r}?"


def assert_words(text: str) -> None:
    """Something is said, and not by a traceback."""
    assert text.strip(), "the message is empty"
    assert "Traceback (most recent call last)" not in text, f"the message holds a traceback: {text}"
    assert '\n  File "' not in text, f"the message holds a traceback: {text}"
    assert len(text) <= LONGEST, f"the message has {len(text)} characters: {text[:200]}..."


def assert_no_secret(values: Iterable[str], where: str, text: str) -> None:
    """None of the values stands in the text, in whatever encoding."""
    for value in values:
        known = Redactor()
        known.add(value)
        hidden = known.redact(text)
        assert len(value) < SHORTEST or hidden == text, f"{where} shows a secret (here as ***): {hidden[:500]}"


@contextmanager
def within(seconds: float, slack: float, what: str) -> Iterator[None]:
    """The block must be over in `seconds`, and `slack` for a busy machine."""
    began = time.monotonic()
    try:
        yield
    finally:
        took = time.monotonic() - began
        assert took <= seconds + slack, f"{what} took {took:.1f} s; its deadline was {seconds:g} s"
