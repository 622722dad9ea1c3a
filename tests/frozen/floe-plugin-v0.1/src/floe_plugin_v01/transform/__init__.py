"""The plugin `transform/v01` of floe."""

from floe_plugin_v01.transform.plugin import (
    V01Transform,
    V01TransformConfig,
)

__all__ = [
    "V01Transform",
    "V01TransformConfig",
]
