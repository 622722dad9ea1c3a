"""What holds for a plugin of every type."""

from __future__ import annotations

from floe_sdk.testing.contracts.configuration import ConfigurationTests
from floe_sdk.testing.contracts.health import HealthTests
from floe_sdk.testing.contracts.life import LifeTests
from floe_sdk.testing.contracts.secrecy import SecrecyTests


class PluginContract(ConfigurationTests, SecrecyTests, HealthTests, LifeTests):
    """Inherited by the contract of each type; an author's test class inherits one of those."""
