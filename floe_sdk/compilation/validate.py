"""VALIDATE: the documents checked against each other, and merged for one environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.project.resolve import merge

if TYPE_CHECKING:
    from floe_sdk.project.resolve import Documents
    from floe_sdk.project.resolved import ResolvedProduct


def validate(documents: Documents, *, env: str | None = None) -> ResolvedProduct:
    """What holds for the product in an environment; raises FloeError with all problems. Imports no plugin."""
    return merge(documents, env=env)
