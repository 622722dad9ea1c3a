"""Which environment counts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.documents import UNKNOWN_ENVIRONMENT
from floe_sdk.project.resolved import Origin
from floe_sdk.schemas.fields import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from floe_sdk.errors import Location
    from floe_sdk.project.manifests import LoadedManifest

VARIABLE = "FLOE_ENV"
FALLBACK = "dev"


def choose_environment(chain: Sequence[LoadedManifest], named: str | None = None) -> tuple[str, Origin]:
    """`--env`, FLOE_ENV, the manifest's `default_environment` (a parent's where it has none), else `dev`.

    Raises FloeError for a name that no manifest of the chain lists and that isn't `dev`.
    """
    name, origin, where = _named(chain, named)
    known = sorted({listed for manifest in chain for listed in manifest.model.environments})
    if name != FALLBACK and name not in known:
        guess = nearest(name, [*known, FALLBACK])
        fix = f"did you mean `{guess}`?" if guess else f"known: {', '.join(dict.fromkeys([FALLBACK, *known]))}"
        problem = f"the environment `{name}` is not in {chain[-1].document.shown}"
        raise FloeError(UNKNOWN_ENVIRONMENT, problem, where=where, fix=fix)
    return name, origin


def _named(chain: Sequence[LoadedManifest], named: str | None) -> tuple[str, Origin, Location | str]:
    if named:
        return named, Origin("--env"), "--env"
    variable = os.environ.get(VARIABLE)
    if variable:
        return variable, Origin(VARIABLE), VARIABLE
    for manifest in reversed(chain):
        if manifest.model.default_environment:
            where = manifest.document.locate(("default_environment",))
            origin = Origin(str(where), manifest.document.path.name, "default_environment", where)
            return manifest.model.default_environment, origin, where
    return FALLBACK, Origin("default"), "default"
