"""A plugin of any type may have these; here it is an orchestrator."""

import sqlite3
import time
from datetime import datetime, timezone

from shop import compiled  # a product of two nodes, compiled

from floe_sdk import (
    CompiledArtifacts,
    Health,
    NodeFinished,
    NodeStatus,
    RunFinished,
    RunRequest,
    RunStarted,
    RunStatus,
    execute,
    hookimpl,
)
from floe_sdk.testing import loaded


class Watcher:
    """Runs products, and hears of everything."""

    def __init__(self) -> None:
        self.database: sqlite3.Connection | None = None

    @hookimpl
    def orchestrator_run(self, request: RunRequest) -> RunFinished:
        return execute(request)

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        began = time.perf_counter()
        self.database = self.database or sqlite3.connect(":memory:", timeout=timeout)
        self.database.execute("select 1")
        return Health(ok=True, message="asked the database", seconds=time.perf_counter() - began)

    @hookimpl
    def plugin_close(self) -> None:
        if self.database:
            self.database.close()
            print("closed")

    @hookimpl
    def compile_finished(self, artifacts: CompiledArtifacts) -> None:
        print("compiled", artifacts.metadata.product)

    @hookimpl
    def run_started(self, event: RunStarted) -> None:
        print("run of", event.product, "in", event.environment)

    @hookimpl
    def node_finished(self, run_id: str, event: NodeFinished) -> None:
        print(event.node_id, event.status.value)

    @hookimpl
    def run_finished(self, event: RunFinished) -> None:
        print(event.product, "ended:", event.status.value)


noon = datetime(2026, 11, 26, 12, tzinfo=timezone.utc)

# plugin_health
with loaded(orchestrator=Watcher) as platform:
    health = platform.lifecycle("orchestrator/watcher").plugin_health(timeout=5)
    print(health.ok, health.message)
    # => True asked the database
    # => closed

# plugin_close
with loaded(orchestrator=Watcher) as platform:
    platform.lifecycle("orchestrator/watcher").plugin_health(timeout=5)
# => closed

# compile_finished
with compiled(Watcher) as (platform, artifacts, folder):
    platform.flush(1)
    # => compiled shop

# run_started
with loaded(orchestrator=Watcher) as platform:
    platform.observers.run_started(event=RunStarted("0193...", "shop", "prod", noon))
    platform.flush(1)  # as at the end of a run
    # => run of shop in prod

# node_finished
with loaded(orchestrator=Watcher) as platform:
    event = NodeFinished("model.shop.mart", NodeStatus.ERROR, noon, noon, message="no such column")
    platform.observers.node_finished(run_id="0193...", event=event)
    platform.flush(1)
    # => model.shop.mart error

# run_finished
with loaded(orchestrator=Watcher) as platform:
    platform.observers.run_finished(event=RunFinished("0193...", "shop", "prod", RunStatus.FAILED, noon, noon))
    platform.flush(1)
    # => shop ended: failed
