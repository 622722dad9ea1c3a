"""The plugin `alert/v01` of floe."""

from floe_plugin_v01.alert.plugin import (
    V01Alert,
    V01AlertConfig,
)

__all__ = [
    "V01Alert",
    "V01AlertConfig",
]
