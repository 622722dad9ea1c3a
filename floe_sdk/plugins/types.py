"""The kinds of plugin that floe knows."""

from __future__ import annotations

from enum import Enum

GROUP_PREFIX = "floe."
COMMANDS_GROUP = "floe.commands"


class PluginType(str, Enum):
    """A kind of plugin: the key in `manifest.yaml: plugins:` and the suffix of the entry-point group."""

    COMPUTE = "compute"
    TRANSFORM = "transform"
    CATALOG = "catalog"
    STORAGE = "storage"
    ORCHESTRATOR = "orchestrator"
    TELEMETRY = "telemetry"
    LINEAGE = "lineage"
    SECRETS = "secrets"
    POLICY = "policy"
    ALERT = "alert"

    @property
    def group(self) -> str:
        """The entry-point group, `floe.<type>`."""
        return GROUP_PREFIX + self.value

    @property
    def many(self) -> bool:
        """Whether a platform may select more than one plugin of this type."""
        return self in _MANY


_MANY = frozenset(
    {
        PluginType.COMPUTE,
        PluginType.TELEMETRY,
        PluginType.LINEAGE,
        PluginType.SECRETS,
        PluginType.POLICY,
        PluginType.ALERT,
    }
)
