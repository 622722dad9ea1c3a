"""What a plugin is constructed with: its configuration and its context."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ConfigDict

from floe_sdk.schemas.base import FrozenModel

if TYPE_CHECKING:
    from pathlib import Path


class PluginConfig(FrozenModel):
    """Base of a plugin's configuration model: immutable, unknown keys refused.

    Field descriptions become documentation and JSON Schema. Type a secret as `Secret`.
    """

    # A secret that is a default is bound too; a field with an alias may be written either way.
    model_config = ConfigDict(validate_default=True, populate_by_name=True)


@dataclass(frozen=True)
class PluginContext:
    """Where a plugin runs; a constructor that has a parameter `context: PluginContext` is given it.

    `platform_root` is the folder of manifest.yaml, `product_root` that of floe.yaml (the platform's root, for a command
    without a product): relative paths in configuration are taken from `platform_root`. `platform_state` and
    `product_state` are this machine's writable folders for this environment and this product (below
    `FLOE_STATE_DIR`, where that is set); a plugin creates what it needs below them, at run time only. `manifest` is
    the platform's manifest (None: `platform_root / "manifest.yaml"`), which only `--allow-literal-secrets` has read
    at run time.
    """

    environment: str
    platform: str
    product: str
    product_slug: str
    platform_root: Path
    product_root: Path
    platform_state: Path
    product_state: Path
    manifest: Path | None = None

    def expand(self, text: str) -> str:
        """Replace `{product_slug}`, `{product}` and `{environment}` in a configured value."""
        return (
            text.replace("{product_slug}", self.product_slug)
            .replace("{product}", self.product)
            .replace("{environment}", self.environment)
        )
