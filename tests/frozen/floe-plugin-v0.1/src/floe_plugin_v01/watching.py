"""What needs no type of its own: an observer, a wrapper, and a command."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click
from floe_sdk import (
    CompiledArtifacts,
    Finding,
    Graph,
    NodeFinished,
    PluginConfig,
    PluginContext,
    ResolvedGovernance,
    RunFinished,
    RunStarted,
    Secret,
    hookimpl,
)


class WatcherConfig(PluginConfig):
    """What stands under `config:` in manifest.yaml."""

    password: Secret


class Watcher:
    """Hears everything, and wraps a hook of another type."""

    def __init__(self, config: WatcherConfig, context: PluginContext) -> None:
        self._password = config.password
        self._path = context.product_state / "v01-heard.txt"

    @hookimpl
    def policy_rules(self) -> Sequence[str]:
        return []

    @hookimpl
    def policy_check(self, graph: Graph, governance: ResolvedGovernance) -> Sequence[Finding]:
        return []

    @hookimpl(wrapper=True)
    def compute_profile(self, namespace: str) -> Iterator[None]:
        profile: Mapping[str, Any] = yield
        return {**profile, "threads": 2}

    @hookimpl
    def compile_finished(self, artifacts: CompiledArtifacts) -> None:
        self._hear(f"compile_finished {artifacts.metadata.product}")

    @hookimpl
    def run_started(self, event: RunStarted) -> None:
        self._hear(f"run_started {event.product} {event.environment}")

    @hookimpl
    def node_finished(self, run_id: str, event: NodeFinished) -> None:
        self._hear(f"node_finished {event.node_id} {event.status.value}")

    @hookimpl
    def run_finished(self, event: RunFinished) -> None:
        self._hear(f"run_finished {event.status.value}, password of {len(self._password.reveal())} characters")

    def _hear(self, line: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


@click.command()
@click.argument("name")
def greet(name: str) -> None:
    """Greet somebody."""
    click.echo(f"Hello {name}, from 0.1")
