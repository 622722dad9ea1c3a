"""What the host asks of a transform plugin, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from floe_sdk.schemas.compiled import CompiledNode
    from floe_sdk.schemas.events import NodeFinished, NodeStarted


@dataclass(frozen=True)
class GraphRequest:
    """A project whose graph is wanted; compile time, no secret needed.

    `profile` is the dbt profile target of the product's default compute, secrets as references. `project_dir` is the
    product's root unless somebody knows better; the plugin's own `project_dir` is taken from it. `cache_dir` is a
    folder of this product on this machine, for caches that may be deleted at any time. `versions` are those of the
    distributions, beside the engine's own, that the graph depends on (the compute's). `variables_read` is that of the
    graph in an artifact which is checked; None where the plugin's cache may know. `warned` is told of each thing that
    the engine warns of while it reads the project.
    """

    product_root: Path
    project_dir: Path
    profile: Mapping[str, Any]
    namespace: str
    environment: str
    cache_dir: Path
    variables: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    variables_read: tuple[str, ...] | None = None
    warned: Callable[[str], None] | None = None


@dataclass(frozen=True)
class TransformRequest:
    """Nodes to run. `profile` has every value; `private_dir` (0700) is the only place where it may be written.

    `select` and `exclude` use the engine's own selector syntax; empty `select` means everything. `selector` names a
    selection that the project defines. `event_time_start` and `event_time_end` bound what is built in batches of time.
    `target_dir` and `log_dir` are writable folders of this product on this machine; `cache_dir` is that of the
    `GraphRequest`, where a parse may have left what saves time. `only`, where given, are the ids of nodes that may run,
    out of those that are selected; where `exact` is set they are the selection, whatever the project selects by
    default. `compiled` is told of each node before it is executed, as `transform_compile` describes it.
    """

    product_root: Path
    project_dir: Path
    profile: Mapping[str, Any]
    namespace: str
    environment: str
    private_dir: Path
    target_dir: Path
    log_dir: Path
    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    selector: str | None = None
    full_refresh: bool = False
    fail_fast: bool = False
    threads: int | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    event_time_start: datetime | None = None
    event_time_end: datetime | None = None
    cache_dir: Path | None = None
    only: frozenset[str] | None = None
    exact: bool = False
    compiled: Callable[[str, CompiledNode], None] | None = None


@dataclass(frozen=True)
class TransformResult:
    """How the engine itself ended; the nodes were reported to the listener. `error` is set when it could not start or
    went down: a failed invocation never ends as a success. `warnings` are the engine's own, but for what nodes ended
    with."""

    success: bool
    error: str | None = None
    warnings: tuple[str, ...] = ()


class RunListener(Protocol):
    """Who hears of a run's nodes, as it happens; calls come from worker threads, one at a time."""

    def planned(self, node_ids: tuple[str, ...]) -> None:
        """The nodes that will run, in no order, before the first starts; others may join them (dbt's unit tests do)."""

    def node_started(self, event: NodeStarted) -> None:
        """A node began."""

    def node_finished(self, event: NodeFinished) -> None:
        """A node ended."""

    def log(self, level: str, message: str) -> None:
        """A line of the engine's own log (`debug`, `info`, `warn`, `error`)."""
