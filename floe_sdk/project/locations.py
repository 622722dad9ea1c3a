"""Where a platform and a product keep what they write on this machine (`FLOE_STATE_DIR` moves it)."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.documents import FILE_MISSING, MANIFEST_PINNED
from floe_sdk.plugins.config import PluginContext
from floe_sdk.project.document import shown_path
from floe_sdk.project.finding import PIN, find_pinned, git_root

if TYPE_CHECKING:
    from floe_sdk.schemas.artifacts import CompiledArtifacts

VARIABLE = "FLOE_STATE_DIR"
STATE = ".floe"
PINNED = f"${PIN}"
"""In an artifact: the manifest that `FLOE_MANIFEST` names, which each machine may have somewhere else."""


def product_slug(name: str) -> str:
    """`customer-360` as `customer_360`: a product's name as a name in a catalog."""
    return re.sub(r"[^a-z0-9]", "_", name.lower())


def make_context(*, platform: str, product: str, environment: str, manifest: Path, product_root: Path) -> PluginContext:
    """The context of plugins: roots, and the writable folders of platform and product; nothing is created."""
    platform_root = manifest.parent
    moved = os.environ.get(VARIABLE)
    state = Path(moved).absolute() if moved else None
    return PluginContext(
        environment=environment,
        platform=platform,
        product=product,
        product_slug=product_slug(product),
        platform_root=platform_root,
        product_root=product_root,
        platform_state=(state / "platform" if state else platform_root / STATE) / environment,
        product_state=state / product if state else product_root / STATE,
        manifest=manifest,
    )


def portable(path: Path, product_root: Path, manifest: Path) -> str:
    """A document's place as an artifact holds it: relative to the product's root, or to a pinned manifest's folder."""
    if path.resolve().is_relative_to(git_root(product_root)):
        return os.path.relpath(path, product_root).replace(os.sep, "/")
    beside = os.path.relpath(path, manifest.parent).replace(os.sep, "/")
    return PINNED if path == manifest else f"{PINNED}/../{beside}"


def context_for(artifacts: CompiledArtifacts, product_root: Path) -> PluginContext:
    """The same from an artifact, without its YAML; `product_root` is the product's folder on this machine."""
    metadata = artifacts.metadata
    root = Path(os.path.normpath(product_root.absolute()))
    return make_context(
        platform=metadata.platform,
        product=metadata.product,
        environment=artifacts.environment,
        manifest=_manifest(metadata.manifest, root),
        product_root=root,
    )


def _manifest(recorded: str, root: Path) -> Path:
    """The manifest of an artifact on this machine; a pin holds for artifacts as it does for documents."""
    pin = os.environ.get(PIN)
    if recorded == PINNED:
        if pin:
            return find_pinned(pin)
        problem = f"the artifact was compiled with a manifest that {PIN} named, and it names none here"
        raise FloeError(FILE_MISSING, problem, fix=f"set {PIN} to the platform's manifest on this machine")
    own = Path(os.path.normpath(root / recorded))
    if pin and find_pinned(pin).resolve() != own.resolve():
        problem = (
            f"{PIN} pins the manifest {shown_path(Path(pin).absolute())}, and the artifact was compiled with another"
        )
        fix = f"compile the product again, with {PIN} as it is here"
        raise FloeError(MANIFEST_PINNED, problem, where=shown_path(own), fix=fix)
    return own
