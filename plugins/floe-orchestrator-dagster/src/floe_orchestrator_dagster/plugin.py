"""`orchestrator: {type: dagster}`: what a compile writes for Dagster, and `floe run`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from floe_orchestrator_dagster import workspace
from floe_orchestrator_dagster.config import NAME, DagsterConfig
from floe_orchestrator_dagster.settings import preset_in_force, schedule_in_force
from floe_sdk import PluginContext, hookimpl, target_dir

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from floe_sdk import CompiledArtifacts, Health, RunFinished, RunRequest

FILE = "definitions.py"
HOST, PORT = "0.0.0.0", "4000"  # noqa: S104 - in a container, from which only published ports can be reached
_DEFINITIONS = '''\
"""The code location of {product}, written by `floe compile`."""
from pathlib import Path
from floe_orchestrator_dagster import floe_location
defs = floe_location(Path(__file__).absolute().parents[1] / "compiled_artifacts.json", {details})
'''


class DagsterOrchestrator:
    """`plugins.orchestrator` with `type: dagster`. A compile imports nothing of Dagster."""

    not_supported: ClassVar[Mapping[str, str]] = {
        "unreachable": "`floe run` is in this process, and Dagster comes to the product by itself"
    }

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
        details = f"product={name!r}" + (f", root={str(root)!r}" if moved else "")
        files = {FILE: _DEFINITIONS.format(product=name, details=details)}
        if folder != shared:
            files[workspace.NAME] = workspace.text_of([workspace.location(name, FILE)])
        return files

    @hookimpl
    def orchestrator_workspace(self, artifacts: CompiledArtifacts, folder: Path, shared: Path) -> Mapping[str, str]:
        return {workspace.NAME: workspace.merged(shared, artifacts.metadata.product, folder / FILE)}

    @hookimpl
    def orchestrator_commands(self, artifacts: CompiledArtifacts) -> Mapping[str, Sequence[str]]:
        name = artifacts.metadata.product
        served = ["-m", "floe_orchestrator_dagster", "--location-name", name, "--host", HOST, "--port", PORT]
        return {
            "code-server": ["dagster", "code-server", "start", *served],
            "grpc": ["dagster", "api", "grpc", *served],
        }

    @hookimpl
    def orchestrator_run(self, request: RunRequest) -> RunFinished:
        """`floe run` in a terminal: in this process, without Dagster."""
        from floe_sdk import execute  # a compile, which selects this plugin too, needs nothing of the runtime

        return execute(request)

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        """Whether what the last compile wrote is loaded by Dagster, as `dagster definitions validate` would."""
        from floe_orchestrator_dagster.health import check

        target = target_dir(self.context)
        return check(self.context, target / "compiled_artifacts.json", target / NAME / FILE, timeout)
