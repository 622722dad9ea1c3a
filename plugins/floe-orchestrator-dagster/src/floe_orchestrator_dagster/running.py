"""Running a selection of a product's nodes for a step of Dagster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dagster import Config
from pydantic import Field

from floe_orchestrator_dagster.child import Child, nodes_file
from floe_orchestrator_dagster.parents import parent_environment
from floe_orchestrator_dagster.retrying import done_before
from floe_orchestrator_dagster.telling import Told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dagster import AssetCheckKey, AssetCheckResult, AssetExecutionContext, MaterializeResult

    from floe_orchestrator_dagster.keys import Keys
    from floe_orchestrator_dagster.product import Product


class FloeRunConfig(Config):
    """The configuration of the op that runs a product."""

    changed: bool = Field(default=False, description="Leave out what is current: same SQL, configuration and inputs.")
    full_refresh: bool = Field(default=False, description="Build incremental models and seeds anew.")
    fail_fast: bool = Field(default=False, description="Stop at the first node that fails.")
    threads: int | None = Field(default=None, description="How many nodes run at once.")
    wait: float = Field(default=0.0, description="Seconds to wait for another run of the product to end.")

    def options(self) -> list[str]:
        """As `floe run` takes them."""
        flags = [("--changed", self.changed), ("--full-refresh", self.full_refresh), ("--fail-fast", self.fail_fast)]
        given = [name for name, on in flags if on] + [f"--wait={self.wait}"]
        return [*given, f"--threads={self.threads}"] if self.threads else given


class Selection:
    """What a step runs, and how its nodes are called in Dagster."""

    def __init__(self, product: Product, keys: Keys, checks: Mapping[str, AssetCheckKey]) -> None:
        self.product = product
        self.keys = keys
        self.checks = checks

    def chosen(self, context: AssetExecutionContext) -> list[str]:
        """The ids of exactly the nodes and tests that the step is to run; in a retry, what is left of them."""
        done = done_before(context)
        assets = [node.id for node in self.keys.assets() if self.keys.of(node.id) in context.selected_asset_keys - done]
        checks = [each for each, key in self.checks.items() if key in context.selected_asset_check_keys - done]
        return [*assets, *checks]

    def run(
        self, context: AssetExecutionContext, config: FloeRunConfig
    ) -> Iterator[MaterializeResult[Any] | AssetCheckResult]:
        """Run them in a child; results come while it runs. Raises Failure where the run does not succeed."""
        chosen = self.chosen(context)
        if attempt := context.op_execution_context.retry_number:
            context.log.info("retry %s: %s nodes and tests are left", attempt, len(chosen))
        with nodes_file(chosen) as file:
            options = ["--nodes", str(file), *config.options()]
            with Child("run", self.product, options, parent_environment(context, self.product)) as child:
                told = Told(self.keys, self.checks, context.log)
                for event in child.events():
                    yield from told.hear(event)
                told.end(child)
