"""Parts of Dagster that are in beta: this package uses them on purpose, and a user could do nothing about a warning."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dagster import BetaWarning

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def beta() -> Iterator[None]:
    """Use what is in beta, without its warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BetaWarning)
        yield
