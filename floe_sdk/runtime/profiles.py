"""Profiles with their values: revealed at the last moment, into a private folder that never outlives the next run."""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING, Any

from floe_sdk.errors import FloeError, raise_all
from floe_sdk.runtime.recovery.state import writable
from floe_sdk.schemas.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

PRIVATE = "private"


def revealed(value: Any) -> Any:
    """`value` with every `Secret` in it replaced by what it stands for. Raises FloeError (FLOE-S) for an unset one."""
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, dict):
        return {key: revealed(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [revealed(item) for item in value]
    return value


def check_secrets(secrets: Iterable[Secret]) -> None:
    """Look every reference up before anything runs. Raises FloeError (FLOE-S) with all that can't be had at once."""
    problems: list[FloeError] = []
    for secret in dict.fromkeys(secrets):
        try:
            secret.reveal()
        except FloeError as error:
            problems.append(error)
    raise_all(problems)


@contextlib.contextmanager
def private_folder(state: Path, run_id: str) -> Iterator[Path]:
    """A folder that only this user may open; removed at the end, whatever happens but a kill."""
    folder = state / PRIVATE / run_id
    with writable(state):
        (state / PRIVATE).mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_private_folders(state: Path) -> None:
    """Remove what killed runs left; the caller holds the product's lock, so nobody uses them."""
    shutil.rmtree(state / PRIVATE, ignore_errors=True)
