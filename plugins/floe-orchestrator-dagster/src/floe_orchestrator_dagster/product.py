"""A compiled product as this machine sees it: the artifact, and where it and the product are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from floe_orchestrator_dagster.config import NAME, DagsterConfig
from floe_sdk import ANOTHER_PRODUCT, FloeError, PluginType, read_artifact

if TYPE_CHECKING:
    from floe_sdk import CompiledArtifacts

VALIDATING = "DAGSTER_IS_DEFS_VALIDATION_CLI"
"""Set by Dagster in `dagster definitions validate` and `dg check defs`."""


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


def read_product(path: Path | str, *, root: Path | str | None = None, name: str | None = None) -> Product:
    """Read the artifact at `path` (or in the folder `path`) of the product `name`, where that is known.

    `root` is the product's folder, else the one above `target/`. Raises DagsterInvalidDefinitionError, with what is
    wrong and the command to run, for an artifact that is missing, cut, edited, of another version or product. Where
    Dagster validates definitions, so does a project that was changed since it was compiled: its runs would be refused.
    """
    from dagster import DagsterInvalidDefinitionError

    try:
        product = find_product(path, root=root, name=name)
        if os.environ.get(VALIDATING):
            from floe_sdk import check_project  # what it imports would be a tenth of the time of loading

            check_project(product.artifacts, product.root)
    except FloeError as error:
        raise DagsterInvalidDefinitionError(error.render()) from None
    return product


def find_product(path: Path | str, *, root: Path | str | None = None, name: str | None = None) -> Product:
    """The same, as FloeError and without Dagster."""
    artifact = Path(os.path.normpath(Path(path).absolute()))
    artifacts = read_artifact(artifact)
    found = artifacts.metadata.product
    folder = (artifact if artifact.is_dir() else artifact.parent).parent
    if name is not None and found != name:
        problem = f"this is the artifact of {found}, and the code location is that of {name}"
        fix = f"compile {name} again: floe compile {folder}"
        raise FloeError(ANOTHER_PRODUCT, problem, where=str(artifact), fix=fix)
    return Product(artifacts, Path(root).absolute() if root else folder, artifact)


def pool_of(product: Product) -> str:
    """Dagster's name for "one at a time" on this product, which holds where the instance sets a limit for pools."""
    return f"floe_{product.artifacts.metadata.product_slug}"
