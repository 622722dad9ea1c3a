"""The plugin `policy/v01` of floe."""

from floe_plugin_v01.policy.plugin import (
    V01Policy,
    V01PolicyConfig,
)

__all__ = [
    "V01Policy",
    "V01PolicyConfig",
]
