"""cron as the engine."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from shop import compiled  # a product of two nodes, compiled

from floe_sdk import CompiledArtifacts, RunFinished, RunRequest, execute, hookimpl


class Cron:
    """A line for crontab."""

    @hookimpl
    def orchestrator_generate(self, artifacts: CompiledArtifacts, folder: Path) -> Mapping[str, str]:
        line = f"0 3 * * * floe run --artifact {folder.parent / 'compiled_artifacts.json'}\n"
        return {f"{artifacts.metadata.product}.cron": line}

    @hookimpl
    def orchestrator_workspace(self, artifacts: CompiledArtifacts, shared: Path) -> Mapping[str, str]:
        known = {path.stem for path in shared.glob("*.cron")} | {artifacts.metadata.product}
        return {"products.txt": "".join(f"{name}\n" for name in sorted(known))}

    @hookimpl
    def orchestrator_run(self, request: RunRequest) -> RunFinished:
        return execute(request)

    @hookimpl
    def orchestrator_commands(self, artifacts: CompiledArtifacts) -> Mapping[str, Sequence[str]]:
        return {"serve": ["cron", "-f"]}


# orchestrator_generate
with compiled(Cron) as (platform, artifacts, folder):
    files = platform.orchestrator.orchestrator_generate(artifacts=artifacts, folder=folder, shared=folder)
    print(list(files))
    # => ['shop.cron']
    print((folder / "shop.cron").is_file())
    # => True

# orchestrator_workspace
with compiled(Cron) as (platform, artifacts, folder):
    print(platform.orchestrator.orchestrator_workspace(artifacts=artifacts, folder=folder, shared=folder))
    # => {'products.txt': 'shop\n'}

# orchestrator_run
with compiled(Cron) as (platform, artifacts, folder):
    request = RunRequest(artifacts, product_root=platform.context.product_root, platform=platform)
    finished = platform.orchestrator.orchestrator_run(request=request)
    print(finished.status.value, [node.node_id for node in finished.nodes])
    # => success ['model.shop.mart', 'model.shop.orders']

# orchestrator_commands
with compiled(Cron) as (platform, artifacts, folder):
    print(platform.orchestrator.orchestrator_commands(artifacts=artifacts))
    # => {'serve': ['cron', '-f']}
