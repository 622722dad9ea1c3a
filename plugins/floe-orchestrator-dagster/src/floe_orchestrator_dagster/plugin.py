"""`orchestrator: {type: dagster}`: what a compile writes for Dagster, and `floe run`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_orchestrator_dagster import workspace
from floe_orchestrator_dagster.config import DagsterConfig  # noqa: TC001 - the host reads the annotations
from floe_orchestrator_dagster.settings import preset_in_force, schedule_in_force
from floe_sdk import PluginContext, hookimpl

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from floe_sdk import CompiledArtifacts, RunFinished, RunRequest

FILE = "definitions.py"
_DEFINITIONS = '''\
"""The code location of {product}, written by `floe compile`."""
from pathlib import Path
from floe_orchestrator_dagster import floe_definitions
defs = floe_definitions(Path(__file__).absolute().parents[1] / "compiled_artifacts.json"{root})
'''


class DagsterOrchestrator:
    """`plugins.orchestrator` with `type: dagster`. A compile imports nothing of Dagster."""

    def __init__(self, config: DagsterConfig, context: PluginContext) -> None:
        self.config = config
        self.context = context

    @hookimpl
    def orchestrator_generate(self, artifacts: CompiledArtifacts, folder: Path, shared: Path) -> Mapping[str, str]:
        # What Dagster would refuse when it loads the location is said where it can be corrected.
        schedule_in_force(artifacts, self.config)
        preset_in_force(artifacts, self.config)
        name = artifacts.metadata.product
        root = self.context.product_root
        # The state folder is this machine's, so that what lies there may name the product's place on it.
        moved = folder.parent.parent != root
        files = {FILE: _DEFINITIONS.format(product=name, root=f", root={str(root)!r}" if moved else "")}
        if folder != shared:
            files[workspace.NAME] = workspace.text_of([workspace.location(name, FILE)])
        return files

    @hookimpl
    def orchestrator_workspace(self, artifacts: CompiledArtifacts, folder: Path, shared: Path) -> Mapping[str, str]:
        return {workspace.NAME: workspace.merged(shared, artifacts.metadata.product, folder / FILE)}

    @hookimpl
    def orchestrator_run(self, request: RunRequest) -> RunFinished:
        """`floe run` in a terminal: in this process, without Dagster."""
        from floe_sdk import execute  # a compile, which selects this plugin too, needs nothing of the runtime

        return execute(request)
