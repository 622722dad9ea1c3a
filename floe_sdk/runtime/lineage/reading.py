"""Outside of a run: the events that are here, and sending those that wait."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from floe_sdk.errors import FloeError
from floe_sdk.errors.lineage import NO_EVENTS
from floe_sdk.plugins.types import PluginType
from floe_sdk.runtime.lineage.ids import disabled
from floe_sdk.runtime.lineage.keeping import Keeper, sent_folder, spool_folder
from floe_sdk.runtime.lineage.recovery import recover
from floe_sdk.runtime.lineage.spool import Spool
from floe_sdk.runtime.lineage.spool_file import spooled
from floe_sdk.runtime.recovery.lock import product_lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from floe_sdk.plugins.host import Platform
    from floe_sdk.runtime.lineage.sending import SinkReport
    from floe_sdk.runtime.lineage.spool_file import SpoolFile

TRIES = 6
"""Failures in a row after which a flush leaves a sink alone, although there is time left."""


@dataclass(frozen=True)
class RunEvents:
    """The events of one run that are on this machine; `waiting` is how many of them a sink has not taken."""

    run_id: str
    events: list[dict[str, Any]]
    waiting: dict[str, int]


def flush(platform: Platform, timeout: float, wait: float = 0.0) -> list[SinkReport]:
    """Send what waits, `timeout` seconds at most; a run that was killed is closed as aborted before.

    Raises FloeError (FLOE-R001) while a run, which sends by itself, holds the product's lock for longer than `wait`.
    """
    sinks = {} if disabled(os.environ) else dict(platform.each(PluginType.LINEAGE))
    context = platform.context
    with product_lock(context.product_state, wait):
        spool = Spool(
            spool_folder(context.product_state, context.environment),
            sent_folder(context.product_state, context.environment),
            {name: hooks.lineage_emit for name, hooks in sinks.items()},
            {name: hooks.lineage_flush for name, hooks in sinks.items()},
        )
        if sinks:
            recover(spool)
        return spool.finish(timeout, tries=TRIES)


def runs(state: Path, environment: str) -> Iterator[RunEvents]:
    """The runs whose events are here, the oldest first, read one by one."""
    return map(_read, _files(state, environment))


def run(state: Path, environment: str, run_id: str | None = None) -> RunEvents:
    """One of them: the one whose id begins so, or the last.

    Raises FloeError (FLOE-L002) where there is none, or where several ids begin so.
    """
    known = _files(state, environment)
    matching = [each for each in known if run_id is None or each.run_id.startswith(run_id.lower())]
    if run_id is not None and len(matching) > 1:
        several = ", ".join(each.run_id for each in matching[-5:])
        problem = f"the ids of {len(matching)} runs in {environment} begin with {run_id!r}, such as {several}"
        raise FloeError(NO_EVENTS, problem, where=str(state), fix="give more of the id")
    if not matching:
        asked = f"of run {run_id}" if run_id else "of any run"
        fix = f"known are {', '.join(each.run_id for each in known[-5:])}" if known else NO_EVENTS.remedy
        raise FloeError(NO_EVENTS, f"there are no events {asked} in {environment}", where=str(state), fix=fix)
    return _read(matching[-1])


def _files(state: Path, environment: str) -> list[SpoolFile]:
    found: dict[str, SpoolFile] = {}
    for folder in (sent_folder(state, environment), spool_folder(state, environment)):
        found |= {file.run_id: file for file in spooled(folder)}
    return [found[run_id] for run_id in sorted(found)]  # UUIDv7: by time


def _read(file: SpoolFile) -> RunEvents:
    return RunEvents(file.run_id, file.events(), file.waiting())


def set_aside(state: Path, environment: str) -> dict[str, list[dict[str, Any]]]:
    """What each sink has refused for good, the oldest first: `at`, `run_id`, `reason` and `event`."""
    return Keeper(spool_folder(state, environment), sent_folder(state, environment)).all_set_aside()
