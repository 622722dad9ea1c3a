"""LOAD: floe.yaml, and the chain of manifests that it belongs to; each document valid by itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from floe_sdk.project.resolve import load as load_documents

if TYPE_CHECKING:
    from floe_sdk.project.resolve import Documents


def load(spec: Path | str, *, manifest: Path | str | None = None) -> Documents:
    """Read the documents of the product at `spec`, a floe.yaml or its folder; raises FloeError with all problems."""
    return load_documents(Path(spec), manifest=None if manifest is None else Path(manifest))
