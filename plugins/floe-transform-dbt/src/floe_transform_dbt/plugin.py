"""The plugin: its hooks, each in a module of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from floe_sdk import PluginConfig, hookimpl
from floe_transform_dbt.project import DbtProject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from floe_sdk import (
        CompiledNode,
        Graph,
        GraphRequest,
        Health,
        RunListener,
        SourceFreshness,
        TransformRequest,
        TransformResult,
    )


class DbtConfig(PluginConfig):
    """`plugins.transform` with `type: dbt`."""

    project_dir: str = Field(default=".", description="The folder of dbt_project.yml, relative to floe.yaml.")
    vars: dict[str, Any] = Field(default_factory=dict, description="dbt variables, as `dbt build --vars` takes them.")
    threads: int | None = Field(default=None, ge=1, description="How many nodes run at once (default 4).")
    plugins: tuple[str, ...] = Field(
        default=(),
        description="Modules of dbt plugins that take part: dbt_loom. No other `dbt_...` module is imported.",
    )


class DbtTransform:
    """Reads and runs a plain dbt project, in this process."""

    not_supported: ClassVar[Mapping[str, str]] = {
        "unreachable": "dbt runs in the process of the run: there is no server that could be away"
    }

    def __init__(self, config: DbtConfig) -> None:
        self.config = config

    @hookimpl
    def transform_fingerprint(self, request: GraphRequest) -> str:
        from floe_transform_dbt.fingerprint import fingerprint

        return fingerprint(self._project(request), request)

    @hookimpl
    def transform_graph(self, request: GraphRequest) -> Graph:
        from floe_transform_dbt.graph import read_graph

        return read_graph(self._project(request), request)

    @hookimpl
    def transform_run(self, request: TransformRequest, listener: RunListener) -> TransformResult:
        from floe_transform_dbt.run import run_project

        return run_project(self._project(request), request, listener, self.config.threads)

    @hookimpl
    def transform_compile(self, request: GraphRequest) -> Mapping[str, CompiledNode]:
        from floe_transform_dbt.compiling import compile_project

        return compile_project(self._project(request), request)

    @hookimpl
    def transform_freshness(self, request: TransformRequest) -> Sequence[SourceFreshness]:
        from floe_transform_dbt.freshness import check_sources

        return check_sources(self._project(request), request, self.config.threads)

    @hookimpl
    def transform_files(self, request: GraphRequest) -> Mapping[str, Path]:
        return self._project(request).portable_files()

    @hookimpl
    def plugin_health(self) -> Health:
        from floe_transform_dbt.health import check

        return check()

    def _project(self, request: GraphRequest | TransformRequest) -> DbtProject:
        root = (request.project_dir / self.config.project_dir).resolve()
        variables = {**self.config.vars, **request.variables}
        return DbtProject.load(root, request.product_root, variables, self.config.plugins)
