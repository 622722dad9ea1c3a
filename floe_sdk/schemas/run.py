"""A request to run an artifact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from floe_sdk.schemas.transform import RunListener

if TYPE_CHECKING:
    from floe_sdk.plugins.host import Platform
    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.events import RunStarted


class ProgressListener(RunListener, Protocol):
    """Who shows a run while it lasts. What it raises ends the run."""

    def run_started(self, event: RunStarted) -> None:
        """The run began."""


@dataclass(frozen=True)
class RunRequest:
    """What `floe_sdk.execute` runs. `product_root` is the folder of floe.yaml on this machine (the artifact's
    `target/..`); `listeners` hear of every node. `platform` is loaded from the artifact where it is None. `wait` is
    how many seconds a run of the same product may hold the lock before this one is refused. With `changed`, nodes
    that are current are left out; with `retry_failed` only what failed or was skipped in the last run is run.
    `selector` names a selection that the project defines; `nodes`, in the place of selectors, are the ids of exactly
    the nodes to run, tests among them (a model's tests run only where they are named). `event_time_start` and
    `event_time_end` are the period of models that are built in batches of time. Variables are the artifact's.
    `run_id` is a UUIDv7, of whoever has to know it before the run begins.
    """

    artifacts: CompiledArtifacts
    product_root: Path
    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    selector: str | None = None
    nodes: frozenset[str] | None = None
    full_refresh: bool = False
    fail_fast: bool = False
    threads: int | None = None
    wait: float = 0.0
    changed: bool = False
    retry_failed: bool = False
    event_time_start: datetime | None = None
    event_time_end: datetime | None = None
    listeners: tuple[ProgressListener, ...] = ()
    platform: Platform | None = None
    run_id: str | None = None
