"""A compiled product as this machine sees it: the artifact, and where it and the product are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dagster import DagsterInvalidDefinitionError

from floe_orchestrator_dagster.config import DagsterConfig
from floe_sdk import FloeError, PluginType, read_artifact

if TYPE_CHECKING:
    from floe_sdk import CompiledArtifacts

NAME = "dagster"
"""The name of this orchestrator in manifests and artifacts."""


@dataclass(frozen=True)
class Product:
    """`root` is the folder of floe.yaml on this machine, `artifact` the file; both are absolute."""

    artifacts: CompiledArtifacts
    root: Path
    artifact: Path

    @cached_property
    def config(self) -> DagsterConfig:
        """This plugin's configuration as the artifact carries it; defaults where another one is selected."""
        for plugin in self.artifacts.plugins:
            if (plugin.type, plugin.name) == (PluginType.ORCHESTRATOR.value, NAME):
                return DagsterConfig.model_validate(plugin.config)
        return DagsterConfig()


def read_product(path: Path | str, *, root: Path | str | None = None) -> Product:
    """Read the artifact at `path` (or in the folder `path`); `root` is the product's folder, else the one above.

    Raises DagsterInvalidDefinitionError, with what is wrong and the command to run, for an artifact that is missing,
    cut, edited or of another version.
    """
    artifact = Path(os.path.normpath(Path(path).absolute()))
    try:
        artifacts = read_artifact(artifact)
    except FloeError as error:
        raise DagsterInvalidDefinitionError(error.render()) from None
    target = artifact if artifact.is_dir() else artifact.parent
    return Product(artifacts, Path(root).absolute() if root else target.parent, artifact)
