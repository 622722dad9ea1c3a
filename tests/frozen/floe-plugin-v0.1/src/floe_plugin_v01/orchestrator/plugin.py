"""Orchestrator `v01`: runs a product in this process; a crontab says when."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from floe_sdk import CompiledArtifacts, PluginConfig, hookimpl
from pydantic import Field

if TYPE_CHECKING:
    from floe_sdk import RunFinished, RunRequest


class V01OrchestratorConfig(PluginConfig):
    """What stands under `config:` in manifest.yaml."""

    command: str = Field(default="floe", min_length=1, description="How the machine that runs it calls floe.")


class V01Orchestrator:
    """A crontab for the product's schedule, and runs in this process."""

    def __init__(self, config: V01OrchestratorConfig) -> None:
        self.config = config

    @hookimpl
    def orchestrator_generate(self, artifacts: CompiledArtifacts, folder: Path) -> Mapping[str, str]:
        """The crontab, for a product that has a schedule; floe writes it."""
        schedule = artifacts.schedule
        if schedule is None or schedule.cron is None or not schedule.enabled:
            return {}
        artifact = shlex.quote(str(folder.parent / "compiled_artifacts.json"))
        line = f"{schedule.cron} {self.config.command} run --artifact {artifact}"
        return {"crontab": f"CRON_TZ={schedule.timezone}\n{line}\n"}

    @hookimpl
    def orchestrator_run(self, request: RunRequest) -> RunFinished:
        """Run the artifact; `execute` drives the other plugins, so that every engine emits the same events."""
        from floe_sdk import execute  # a compile, which selects this plugin too, needs nothing of the runtime

        return execute(request)
