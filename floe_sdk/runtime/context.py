"""Where an artifact's product and platform are on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from floe_sdk.plugins.config import PluginContext

if TYPE_CHECKING:
    from floe_sdk.schemas.artifacts import CompiledArtifacts

STATE_VARIABLE = "FLOE_STATE_DIR"


def artifact_context(artifacts: CompiledArtifacts, product_root: Path) -> PluginContext:
    """The context of an artifact whose product lies in `product_root`; looks at no file."""
    metadata, environment = artifacts.metadata, artifacts.environment
    root = product_root.resolve()
    platform_root = Path(os.path.normpath(root / metadata.platform_root))
    moved = os.environ.get(STATE_VARIABLE)
    base = Path(moved).expanduser().resolve() if moved else None
    return PluginContext(
        environment=environment,
        platform=metadata.platform,
        product=metadata.product,
        product_slug=metadata.product_slug,
        platform_root=platform_root,
        product_root=root,
        platform_state=(base / "platform" if base else platform_root / ".floe") / environment,
        product_state=base / metadata.product_slug if base else root / ".floe",
        manifest=Path(os.path.normpath(root / metadata.manifest)),
    )
