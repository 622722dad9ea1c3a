"""`FloeComponent`: a product in a Dagster project of one's own, by a defs.yaml."""

from __future__ import annotations

from dagster import Component, ComponentLoadContext, Definitions, Model, Resolvable
from pydantic import Field

from floe_orchestrator_dagster.definitions import floe_definitions


class FloeComponent(Component, Model, Resolvable):
    """The assets, checks, jobs and schedules of a floe product, from its compiled artifact."""

    artifact: str = Field(
        description="The product's compiled_artifacts.json, or the folder that it is in; relative to the defs.yaml.",
        examples=["../../../products/customer-360/target"],
    )
    root: str | None = Field(
        default=None,
        description="The product's folder, where the artifact does not lie in its target/; relative to the defs.yaml.",
    )

    def build_defs(self, context: ComponentLoadContext) -> Definitions:
        here = context.path if context.path.is_dir() else context.path.parent
        return floe_definitions(here / self.artifact, root=here / self.root if self.root else None)
