"""The plugin `secrets/v01` of floe."""

from floe_plugin_v01.secrets.plugin import (
    V01Secrets,
    V01SecretsConfig,
)

__all__ = [
    "V01Secrets",
    "V01SecretsConfig",
]
