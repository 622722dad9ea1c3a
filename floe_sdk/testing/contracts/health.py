"""Tests of every contract: `plugin_health`, which `floe health` asks."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from floe_sdk.errors import FloeError
from floe_sdk.schemas.events import Health
from floe_sdk.testing.contracts.fixtures import PluginFixtures, lifecycle
from floe_sdk.testing.contracts.gaps import THERE_AFTER_ALL, Feature, given, needs
from floe_sdk.testing.contracts.telling import assert_told_unwell, assert_words, within

if TYPE_CHECKING:
    from collections.abc import Mapping

    from floe_sdk.plugins.discovery import PluginRecord
    from floe_sdk.plugins.host import Platform
    from floe_sdk.testing.contracts.fixtures import Load

_DEADLINE = 0.5


class HealthTests(PluginFixtures):
    """A real answer, in time, that tells."""

    features: ClassVar[Mapping[str, Feature]] = {
        "health": Feature("plugin_health"),
        "unreachable": Feature(),
        "silent": Feature(asked=False),
    }

    @needs("health")
    def test_health_is_well_where_it_works(self, platform: Platform, record: PluginRecord) -> None:
        """With `config` it is `ok`, and says what it did."""
        health = lifecycle(platform, record).plugin_health(timeout=10.0)
        assert isinstance(health, Health)
        assert health.ok, health.message
        assert_words(health.message)

    @needs("health", "unreachable")
    def test_health_tells_what_is_wrong(
        self, load: Load, record: PluginRecord, unreachable: Mapping[str, Any] | None
    ) -> None:
        """Where its system can't be reached it is not `ok`, and says what is wrong and what to do."""
        try:
            health = lifecycle(load(given(unreachable)), record).plugin_health(timeout=10.0)
        except FloeError as error:
            health = Health.fault(error)
        assert not health.ok, f"it says that it is well: {THERE_AFTER_ALL}"
        assert_told_unwell(health)

    @needs("health")
    def test_health_keeps_its_deadline(self, platform: Platform, record: PluginRecord) -> None:
        """It answers within `timeout`."""
        lifecycle(platform, record).plugin_health(timeout=10.0)  # imports are not what is measured
        with within(_DEADLINE, self.slack_seconds, "plugin_health"):
            lifecycle(platform, record).plugin_health(timeout=_DEADLINE)

    @needs("health", "silent")
    def test_health_does_not_wait_for_an_answer(
        self, load: Load, platform: Platform, record: PluginRecord, silent: Mapping[str, Any]
    ) -> None:
        """It is not `ok` within `timeout` where a server takes the connection and says nothing."""
        lifecycle(platform, record).plugin_health(timeout=10.0)  # imports are not what is measured
        platform.close()
        away = lifecycle(load(silent), record)
        with within(_DEADLINE, self.slack_seconds, "plugin_health"), suppress(FloeError):
            assert not away.plugin_health(timeout=_DEADLINE).ok, "nobody answered"
