"""What the tests of an orchestrator plugin are given: a product of the small engine, compiled for it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import pytest

from floe_sdk import PluginType, RunRequest
from floe_sdk.testing.contracts.base import PluginContract
from floe_sdk.testing.contracts.gaps import Feature
from floe_sdk.testing.contracts.products import Product, plain_artifacts, shelf_installed
from floe_sdk.testing.contracts.shelf import Model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from floe_sdk import CompiledArtifacts, Platform, PluginContext, RunFinished
    from floe_sdk.plugins.discovery import PluginRecord

    Compiles = Callable[..., "Compiled"]

MODELS = (Model("orders"), Model("totals", ("orders",)))


class Compiled(NamedTuple):
    """A product with its artifact and its platform, in which the orchestrator is selected."""

    artifacts: CompiledArtifacts
    platform: Platform
    root: Path
    name: str

    @property
    def folder(self) -> Path:
        """Where the orchestrator's files of the product go."""
        return self.root / "target" / self.name

    @property
    def shared(self) -> Path:
        """Where those go that the platform's products share."""
        return self.root.parent / "platform" / "target" / self.name

    def generated(self) -> Mapping[str, str]:
        """The files of the product."""
        hooks = self.platform.orchestrator
        return hooks.orchestrator_generate(artifacts=self.artifacts, folder=self.folder, shared=self.shared) or {}

    def workspace(self) -> Mapping[str, str]:
        """The files that the platform's products share, with this product in them."""
        hooks = self.platform.orchestrator
        return hooks.orchestrator_workspace(artifacts=self.artifacts, folder=self.folder, shared=self.shared) or {}

    def run(self, **options: Any) -> RunFinished:
        """Run it by the orchestrator."""
        return self.platform.orchestrator.orchestrator_run(request=RunRequest(self.artifacts, self.root, **options))


class ProductFixtures(PluginContract):
    """Products of the small engine that comes with the suites."""

    kind = PluginType.ORCHESTRATOR
    features: ClassVar[Mapping[str, Feature]] = {
        "generate": Feature("orchestrator_generate"),
        "workspace": Feature("orchestrator_workspace"),
        "commands": Feature("orchestrator_commands"),
    }

    @classmethod
    def use(cls, platform: Platform) -> None:
        """Have files generated."""
        cls.facts(platform)

    @classmethod
    def facts(cls, platform: Platform) -> Any:
        """What is generated for an artifact, and the commands."""
        context, name = platform.context, platform.records[0].record.name
        made = Compiled(plain_artifacts(context), platform, context.product_root, name)
        commands = platform.orchestrator.orchestrator_commands(artifacts=made.artifacts)
        return dict(made.generated()), {key: list(words) for key, words in (commands or {}).items()}

    @pytest.fixture
    def compiles(
        self,
        platform: Platform,
        record: PluginRecord,
        config: Mapping[str, Any],
        context: PluginContext,
        tmp_path_factory: pytest.TempPathFactory,
    ) -> Iterator[Compiles]:
        """Writes and compiles a product; in the place of one that is there."""
        del platform  # where the host refuses the plugin, another test says so
        with ExitStack() as stack:
            stack.enter_context(shelf_installed(tmp_path_factory.getbasetemp() / "site-of-shelf"))

            def make(
                models: Sequence[Model] = MODELS, *, root: Path = context.product_root, name: str = context.product
            ) -> Compiled:
                product = Product(root, name, record, config)
                product.write(models)
                result = product.compile()
                stack.callback(result.platform.close)
                return Compiled(result.artifacts, result.platform, root, record.name)

            yield make

    @pytest.fixture
    def compiled(self, compiles: Compiles) -> Compiled:
        """A product of two tables, of which one reads the other."""
        return compiles()
