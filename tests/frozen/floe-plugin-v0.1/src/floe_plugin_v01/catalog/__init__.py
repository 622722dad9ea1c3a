"""The plugin `catalog/v01` of floe."""

from floe_plugin_v01.catalog.plugin import (
    V01Catalog,
    V01CatalogConfig,
)

__all__ = [
    "V01Catalog",
    "V01CatalogConfig",
]
