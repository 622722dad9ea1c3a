"""Transform `v01`: files of CSV and functions of Python become tables."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from floe_sdk import Health, PluginConfig, hookimpl
from pydantic import Field

from floe_plugin_v01.transform.project import Project

if TYPE_CHECKING:
    from floe_sdk import (
        CompiledNode,
        Graph,
        GraphRequest,
        RunListener,
        RunSession,
        TransformRequest,
        TransformResult,
    )


class V01TransformConfig(PluginConfig):
    """What stands under `config:` in manifest.yaml."""

    folder: str = Field(default="models", min_length=1, description="The folder of the models, relative to floe.yaml.")


class V01Transform:
    """`NAME.csv` is a table as it stands there, `NAME.py` one that its function `model` makes of others."""

    def __init__(self, config: V01TransformConfig) -> None:
        self.config = config

    @hookimpl
    def transform_fingerprint(self, request: GraphRequest) -> str:
        """The project's hash; imports nothing of it."""
        return self._project(request).fingerprint(request)

    @hookimpl
    def transform_graph(self, request: GraphRequest) -> Graph:
        """The project's graph, from the functions' parameters."""
        return self._project(request).graph(request)

    @hookimpl
    def transform_run(self, request: TransformRequest, session: RunSession, listener: RunListener) -> TransformResult:
        """Run the selected models in this process."""
        # Arrow and PyIceberg are imported when something runs, and not before.
        from floe_plugin_v01.transform.running import run

        return run(self._project(request), request, session, listener)

    @hookimpl
    def transform_compile(self, request: GraphRequest) -> Mapping[str, CompiledNode]:
        """What decides, beside its inputs, whether a model must be built again: its file."""
        return self._project(request).compiled()

    @hookimpl
    def transform_files(self, request: GraphRequest) -> Mapping[str, Path]:
        """The files that a run reads beside its data."""
        return self._project(request).files(request.product_root)

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        """Have the engine compute."""
        import pyarrow as pa

        started = time.monotonic()
        total = pa.table({"n": [1, 2]}).group_by([]).aggregate([("n", "sum")])["n_sum"].to_pylist()
        return Health(ok=total == [3], message=f"PyArrow {pa.__version__} computes", seconds=time.monotonic() - started)

    def _project(self, request: GraphRequest | TransformRequest) -> Project:
        return Project.read(request.project_dir, self.config.folder)
