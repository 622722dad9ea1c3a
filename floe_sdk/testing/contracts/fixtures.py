"""What every contract is given: the plugin as a platform loads it, and what an author says of it."""

from __future__ import annotations

from abc import abstractmethod
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from floe_sdk.errors import FloeError
from floe_sdk.plugins.config import PluginContext
from floe_sdk.plugins.configuring import config_model
from floe_sdk.plugins.hooks import implemented
from floe_sdk.plugins.host import Platform
from floe_sdk.plugins.loading import load_target
from floe_sdk.plugins.selection import PluginSelection
from floe_sdk.plugins.types import PluginType
from floe_sdk.testing import pytest_plugin
from floe_sdk.testing.contracts.addresses import silent, unreachable
from floe_sdk.testing.contracts.gaps import MEANT, NEEDS, Feature, check_gaps, skip_gap, skip_without
from floe_sdk.testing.contracts.installing import installed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from floe_sdk.plugins.discovery import PluginRecord

    Load = Callable[..., Platform]

ACCEPTED = "test_the_host_accepts_it"


class PluginFixtures:
    """The attributes and fixtures that an author may give, and those that tests use.

    `plugin` is the installed plugin's name, or its class. `not_supported` maps a feature's name to the reason why the
    plugin does not have it; the plugin's class may say so itself, in an attribute of the same name. `import_seconds`
    bounds what importing it may take, `slack_seconds` how late an answer may be after its deadline.
    """

    kind: ClassVar[PluginType]
    plugin: ClassVar[str | type]
    distribution: ClassVar[str | None] = None
    not_supported: ClassVar[Mapping[str, str]] = {}
    import_seconds: ClassVar[float] = 1.0
    slack_seconds: ClassVar[float] = 1.0
    features: ClassVar[Mapping[str, Feature]] = {}
    patience = 30.0
    """Seconds that `use` lets the plugin try, where it has a hook with a `timeout`."""

    def __init_subclass__(cls, **options: Any) -> None:
        """Features add up along the classes; a gap that can't be is an error when the test file is read."""
        super().__init_subclass__(**options)
        kinds = [vars(one).get("features", {}) for one in reversed(cls.__mro__)]
        cls.features = {name: feature for one in kinds for name, feature in one.items()}
        check_gaps(cls.__qualname__, cls.not_supported, cls.features)

    @abstractmethod
    def use(self, platform: Platform) -> None:
        """Use the plugin once, as a run does; may raise FloeError."""

    @staticmethod
    @abstractmethod
    def facts(platform: Platform, *arguments: Any) -> Any:
        """What every process must be told the same, as plain data; `arguments` are those of `fact_arguments`."""

    def fact_arguments(self) -> tuple[Any, ...]:
        """What `facts` needs to know of this test, also in another process: plain data."""
        return ()

    @staticmethod
    def implements(record: PluginRecord) -> frozenset[str]:
        """The hooks that the plugin has."""
        return frozenset(implemented(load_target(record)))

    @pytest.fixture
    def config(self) -> Mapping[str, Any]:
        """The plugin's configuration as it stands in manifest.yaml under `config:`; what it refers to is there."""
        return {}

    @pytest.fixture
    def unreachable(self, config: Mapping[str, Any], record: PluginRecord, tmp_path: Path) -> Mapping[str, Any] | None:
        """A valid configuration whose system can't be reached; made of `config` where keys hold an address, or a path.

        None where it can't be made of that.
        """
        return unreachable(config_model(record, load_target(record)), config, tmp_path)

    @pytest.fixture
    def silent(self, config: Mapping[str, Any], record: PluginRecord) -> Iterator[Mapping[str, Any] | None]:
        """A valid configuration whose system takes the connection and never answers, made of `config`.

        None where it can't be made of that.
        """
        with silent(config_model(record, load_target(record)), config) as made:
            yield made

    @pytest.fixture
    def context(self, tmp_path: Path) -> PluginContext:
        """Where the plugin runs: folders that don't exist yet, but for the platform's and the product's."""
        platform, product = tmp_path / "platform", tmp_path / "product"
        for folder in (platform, product):
            folder.mkdir()
        state = tmp_path / "state"
        return PluginContext(
            "test", "lake", "orders", "orders", platform, product, state / "platform", state / "orders"
        )

    @pytest.fixture
    def record(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PluginRecord]:
        """The plugin's metadata."""
        with ExitStack() as stack:
            folder = tmp_path_factory.getbasetemp() / f"site-of-{getattr(self.plugin, '__qualname__', self.plugin)}"
            yield stack.enter_context(installed(self.kind, self.plugin, self.distribution, folder))

    @pytest.fixture(autouse=True)
    def _named_gaps(self, request: pytest.FixtureRequest) -> None:
        if not request.config.pluginmanager.has_plugin(pytest_plugin.NAME):
            request.config.pluginmanager.register(pytest_plugin, pytest_plugin.NAME)
        for needed in getattr(request.function, NEEDS, ()):
            record = request.getfixturevalue("record")
            gaps = {**getattr(load_target(record), "not_supported", {}), **self.not_supported}
            check_gaps(type(self).__qualname__, gaps, self.features)
            skip_gap(needed, self.features[needed], gaps, self.implements(record))
            if needed in MEANT:
                skip_without(needed, request.getfixturevalue(needed), self.features[needed])

    @pytest.fixture
    def load(
        self, request: pytest.FixtureRequest, record: PluginRecord, config: Mapping[str, Any], context: PluginContext
    ) -> Iterator[Load]:
        """Load a platform with the plugin and close it at the end; `load(config)` takes another configuration.

        Where the host refuses the plugin itself, one test says so, and not each of them.
        """
        with ExitStack() as stack:

            def make(other: Mapping[str, Any] = config) -> Platform:
                try:
                    return stack.enter_context(Platform.load([select(self.kind, record, other)], context))
                except FloeError:
                    if _told_by_another(request) and not _accepted(record, config, context):
                        pytest.skip(f"the host refuses the plugin: {ACCEPTED} says why")
                    raise

            yield make

    @pytest.fixture
    def platform(self, load: Load) -> Platform:
        """A platform with the plugin and `config`."""
        return load()


def select(kind: PluginType, record: PluginRecord, config: Mapping[str, Any]) -> PluginSelection:
    """The plugin with a configuration, as a manifest selects it."""
    return PluginSelection(kind, record.name, config, distribution=record.distribution)


def plugin_of(platform: Platform, record: PluginRecord) -> object:
    """The plugin itself, as the host constructed it."""
    return platform._manager.get_plugin(record.identity)  # noqa: SLF001 - a test of it, not a user of the platform


def config_of(platform: Platform, record: PluginRecord) -> dict[str, Any]:
    """The plugin's configuration as the artifact would hold it."""
    return next(one.config for one in platform.records if one.record.identity == record.identity)


def lifecycle(platform: Platform, record: PluginRecord) -> Any:
    """The plugin's own hooks."""
    return platform.lifecycle(record.identity)


def _accepted(record: PluginRecord, config: Mapping[str, Any], context: PluginContext) -> bool:
    try:
        Platform.load([select(PluginType(record.type), record, config)], context).close()
    except FloeError:
        return False
    return True


def _told_by_another(request: pytest.FixtureRequest) -> bool:
    here = request.cls
    return any(getattr(item, "cls", None) is here and item.name == ACCEPTED for item in request.session.items)
