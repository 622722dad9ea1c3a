"""The plugin `compute/v01` of floe."""

from floe_plugin_v01.compute.plugin import (
    V01Compute,
    V01ComputeConfig,
)

__all__ = [
    "V01Compute",
    "V01ComputeConfig",
]
