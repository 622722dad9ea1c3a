"""Tests of every contract: `plugin_health`, which `floe health` asks."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from floe_sdk.errors import FloeError
from floe_sdk.schemas.events import Health
from floe_sdk.testing.contracts.fixtures import PluginFixtures, lifecycle
from floe_sdk.testing.contracts.gaps import Feature, given, needs
from floe_sdk.testing.contracts.telling import assert_told_unwell, assert_words, within

if TYPE_CHECKING:
    from collections.abc import Mapping

    from floe_sdk.plugins.discovery import PluginRecord
    from floe_sdk.plugins.host import Platform
    from floe_sdk.testing.contracts.fixtures import Load

_DEADLINE = 0.5


class HealthTests(PluginFixtures):
    """A real answer, in time, that tells."""

    features: ClassVar[Mapping[str, Feature]] = {"health": Feature("plugin_health"), "unreachable": Feature()}

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
        assert not health.ok, "its system can't be reached"
        assert_told_unwell(health)

    @needs("health")
    def test_health_keeps_its_deadline(
        self, load: Load, platform: Platform, record: PluginRecord, silent: Mapping[str, Any] | None
    ) -> None:
        """It answers within `timeout`, also where a server takes the connection and says nothing."""
        lifecycle(platform, record).plugin_health(timeout=10.0)  # imports are not what is measured
        with within(_DEADLINE, self.slack_seconds, "plugin_health"):
            lifecycle(platform, record).plugin_health(timeout=_DEADLINE)
        platform.close()
        if silent is not None:
            away = lifecycle(load(silent), record)
            with within(_DEADLINE, self.slack_seconds, "plugin_health"), suppress(FloeError):
                assert not away.plugin_health(timeout=_DEADLINE).ok, "nobody answered"
