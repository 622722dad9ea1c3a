"""The plugin `storage/v01` of floe."""

from floe_plugin_v01.storage.plugin import (
    V01Storage,
    V01StorageConfig,
)

__all__ = [
    "V01Storage",
    "V01StorageConfig",
]
