"""Apache Polaris as a catalog of floe."""

from floe_catalog_polaris.config import OAuth2Config, PolarisConfig
from floe_catalog_polaris.plugin import PolarisCatalogPlugin

__all__ = ["OAuth2Config", "PolarisCatalogPlugin", "PolarisConfig"]
