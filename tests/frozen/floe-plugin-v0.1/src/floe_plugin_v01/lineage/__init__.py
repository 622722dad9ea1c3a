"""The plugin `lineage/v01` of floe."""

from floe_plugin_v01.lineage.plugin import (
    V01Lineage,
    V01LineageConfig,
)

__all__ = [
    "V01Lineage",
    "V01LineageConfig",
]
