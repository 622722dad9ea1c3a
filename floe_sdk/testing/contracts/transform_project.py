"""What the tests of a transform plugin are given: a project of its engine, and what a run of it said and left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from floe_sdk import GraphRequest, PluginType, TransformRequest, TransformResult
from floe_sdk.runtime.profiles import revealed
from floe_sdk.testing.contracts.base import PluginContract
from floe_sdk.testing.contracts.gaps import Feature
from floe_sdk.testing.contracts.lake import NAMESPACE, Lake
from floe_sdk.testing.contracts.listening import Heard
from floe_sdk.testing.contracts.shelf import Model

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from floe_sdk import Platform, PluginContext

MODELS = (
    Model("report", reads=("totals", "customers")),
    Model("totals", reads=("orders",)),
    Model("orders"),
    Model("customers", rows=2),
)


class Outcome:
    """What a run said and left: `rows` of each table that it published."""

    def __init__(self, result: TransformResult, heard: Heard, published: Mapping[str, int]) -> None:
        self.result = result
        self.heard = heard
        self.rows = published


class ProjectFixtures(PluginContract):
    """A project of the engine in the product's folder, and its runs; what an author says of it stands below."""

    kind = PluginType.TRANSFORM
    features: ClassVar[Mapping[str, Feature]] = {
        "compile": Feature("transform_compile"),
        "files": Feature("transform_files"),
        "refusing": Feature(),
    }
    compute: ClassVar[str | None] = None
    _outcomes: ClassVar[dict[tuple[type, tuple[Model, ...]], Outcome]] = {}

    @staticmethod
    def write(folder: Path, models: Sequence[Model]) -> None:  # noqa: ARG004 - of whom it is overridden by
        """Write a project of these models."""
        pytest.fail("say how a project is written: a static method `write(folder, models)`")

    @staticmethod
    def write_broken(folder: Path) -> str:  # noqa: ARG004 - of whom it is overridden by
        """Write a project that can't be read; returns what the error must name."""
        pytest.fail("write a project that can't be read: a static method `write_broken(folder)`")

    @staticmethod
    def write_refused(folder: Path) -> str:  # noqa: ARG004 - of whom it is overridden by
        """Write a project that can't be served; returns what the error must name."""
        pytest.fail(
            "write a project that can't be served: a static method `write_refused(folder)`; see `not_supported`"
        )

    @staticmethod
    def selects(name: str) -> str:
        """The selector of one node."""
        return name

    @staticmethod
    def guarded(profile: Mapping[str, Any], value: str) -> Mapping[str, Any]:
        """The profile with a secret in it."""
        return {**profile, "password": value}

    @classmethod
    def use(cls, platform: Platform) -> None:
        """Read a project's graph."""
        cls.write(platform.context.product_root, MODELS[2:3])
        platform.transform.transform_graph(request=cls.request(platform.context))

    @classmethod
    def facts(cls, platform: Platform) -> Any:
        """A project's hash."""
        cls.write(platform.context.product_root, MODELS)
        return platform.transform.transform_fingerprint(request=cls.request(platform.context))

    @classmethod
    def request(cls, context: PluginContext, **changes: Any) -> GraphRequest:
        """For the graph of the product's project; makes the folder of caches, as a compile does."""
        cache = context.product_state / "cache"
        cache.mkdir(parents=True, exist_ok=True)
        profile: Mapping[str, Any] = {}
        if cls.compute:
            with Lake(context, cls.compute) as lake:
                profile = lake.platform.compute().compute_profile(namespace=NAMESPACE)
        values = {
            "product_root": context.product_root,
            "project_dir": context.product_root,
            "profile": profile,
            "namespace": NAMESPACE,
            "environment": context.environment,
            "cache_dir": cache,
            "versions": {"floe-compute-contract": "1.0"},
        }
        return GraphRequest(**{**values, **changes})

    def run(self, platform: Platform, heard: Heard, **changes: Any) -> Outcome:
        """Run the product's project, as a run of floe does."""
        context = platform.context
        with Lake(context, self.compute) as lake, lake.session() as session, lake.opened(session) as profile:
            values = {
                "product_root": context.product_root,
                "project_dir": context.product_root,
                "profile": revealed(dict(profile)),
                "namespace": NAMESPACE,
                "environment": context.environment,
                "private_dir": session.private_dir,
                "target_dir": context.product_state / "target",
                "log_dir": context.product_state / "logs",
                "cache_dir": context.product_state / "cache",
            }
            if guarded := changes.pop("password", None):
                changes["profile"] = self.guarded(values["profile"], guarded)
            request = TransformRequest(**{**values, **changes})
            result = platform.transform.transform_run(request=request, session=session, listener=heard)
            assert isinstance(result, TransformResult)
            published = session.publisher.published.values()
            tables = {each.table: lake.catalog.load_table((each.namespace, each.table)) for each in published}
            return Outcome(result, heard, {name: table.scan().count() for name, table in tables.items()})

    def outcome(self, platform: Platform, models: tuple[Model, ...]) -> Outcome:
        """Of a whole run of these models, which tests that only look at it share."""
        key = (type(self), models)
        if key not in self._outcomes:
            self.write(platform.context.product_root, models)
            self._outcomes[key] = self.run(platform, Heard())
        return self._outcomes[key]

    @pytest.fixture
    def root(self, context: PluginContext) -> Path:
        """The product's folder, in which a project of `MODELS` is."""
        self.write(context.product_root, MODELS)
        return context.product_root

    @pytest.fixture
    def ask(self, context: PluginContext, root: Path) -> GraphRequest:
        """A request for the graph of that project."""
        return self.request(context, product_root=root)

    @pytest.fixture
    def ids(self, platform: Platform, ask: GraphRequest) -> dict[str, str]:
        """The ids of that project's tables by their names."""
        return {node.name: node.id for node in platform.transform.transform_graph(request=ask).nodes if node.published}
