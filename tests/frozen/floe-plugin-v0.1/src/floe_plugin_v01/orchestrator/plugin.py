"""Orchestrator `v01`: runs in this process, and a script for cron."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Mapping
from typing import TYPE_CHECKING

from floe_sdk import CompiledArtifacts, Health, PluginConfig, hookimpl
from pydantic import Field

if TYPE_CHECKING:
    from floe_sdk import RunFinished, RunRequest


SCRIPT = """\
#!/bin/sh
# Runs {product} in {environment}, with the options of `floe run`; `sh run.sh crontab` prints its line for cron.
here=$(cd "$(dirname "$0")" && pwd)
if [ "$1" = crontab ]; then
    {crontab}
    exit
fi
exec {command} run --artifact "$here/../compiled_artifacts.json" "$@"
"""


class V01OrchestratorConfig(PluginConfig):
    """What stands under `config:` in manifest.yaml."""

    command: str = Field(default="floe", min_length=1, description="The command floe, by its name or its path.")


class V01Orchestrator:
    """A script for cron, and runs in this process."""

    def __init__(self, config: V01OrchestratorConfig) -> None:
        self.config = config

    @hookimpl
    def orchestrator_generate(self, artifacts: CompiledArtifacts) -> Mapping[str, str]:
        """The script, which holds wherever the product is taken to; floe writes it."""
        schedule = artifacts.schedule
        crontab = 'echo "no schedule" >&2; exit 1'
        if schedule is not None and schedule.cron and schedule.enabled:
            zone = shlex.quote(f"CRON_TZ={schedule.timezone}")
            crontab = f"printf '%s\\n' {zone} {shlex.quote(schedule.cron)}\" sh '$here/run.sh'\""
        text = SCRIPT.format(
            product=artifacts.metadata.product,
            environment=artifacts.environment,
            crontab=crontab,
            command=shlex.quote(self.config.command),
        )
        return {"run.sh": text}

    @hookimpl
    def orchestrator_run(self, request: RunRequest) -> RunFinished:
        """Run the artifact; `execute` drives the other plugins, so that every engine emits the same events."""
        # A compile, which selects this plugin too, needs nothing of the runtime.
        from floe_sdk import execute

        return execute(request)

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        """Look for the command that the script calls."""
        found = shutil.which(self.config.command)
        if found is None:
            message = f"there is no command {self.config.command} here"
            return Health(ok=False, message=message, fix="set `command` to the path of floe")
        return Health(ok=True, message=f"the script calls {found}")
