"""Whether an artifact may be packaged: whole, for the environment that is meant, and what the files compile to now."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from floe_sdk.compilation.pipeline import compile_product
from floe_sdk.errors import FloeError
from floe_sdk.errors.packaging import PACKAGE_STALE
from floe_sdk.project.environments import VARIABLE
from floe_sdk.project.freshness import check_unchanged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from floe_sdk.plugins.host import Platform
    from floe_sdk.schemas.artifacts import CompiledArtifacts

MANIFEST_SCHEME = "manifest"
"""Of references to secrets that stand in the manifest itself (`--allow-literal-secrets`)."""


def check_environment(artifacts: CompiledArtifacts, named: str | None, where: Path) -> None:
    """Raise FloeError when `--env` or FLOE_ENV mean another environment than the artifact's; without them it counts."""
    meant = named or os.environ.get(VARIABLE) or artifacts.environment
    if meant != artifacts.environment:
        problem = f"the artifact was compiled for {artifacts.environment}, and not for {meant}"
        raise FloeError(PACKAGE_STALE, problem, where=str(where), fix=f"run: floe compile --env {meant}")


def check_current(artifacts: CompiledArtifacts, platform: Platform, spec: Path, where: Path) -> None:
    """Raise FloeError when the project or the documents are not what the artifact was compiled from.

    The documents are compiled again, and nothing is written. What ENFORCE found counts as it was found then.
    """
    check_unchanged(artifacts, platform)
    result = compile_product(
        spec,
        env=artifacts.environment,
        variables=artifacts.variables,
        literal_secrets=any(secret.scheme == MANIFEST_SCHEME for secret in platform.secrets),
        write=False,
        review=lambda *_: artifacts.enforcement,
    )
    result.platform.close()
    now = result.artifacts.model_copy(update={"compiled": artifacts.compiled})
    if others := list(_differences(artifacts.model_dump(mode="json"), now.model_dump(mode="json"))):
        problem = f"the documents compile to another artifact now; others would be: {', '.join(others)}"
        fix = f"run: floe compile --env {artifacts.environment}"
        raise FloeError(PACKAGE_STALE, problem, where=str(where), fix=fix)


def _differences(old: dict[str, Any], new: dict[str, Any], above: str = "") -> Iterator[str]:
    """The fields that differ, those of `metadata` one by one; the hash of it all says nothing of its own."""
    for key in sorted({*old, *new}):
        before, after = old.get(key), new.get(key)
        if before == after or key == "content_hash":
            continue
        if not above and isinstance(before, dict) and isinstance(after, dict):
            yield from _differences(before, after, f"{key}.")
        else:
            yield f"{above}{key}"
