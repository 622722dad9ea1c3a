"""`check_sources`: how old the sources of an artifact are. Reads as a run does, and leaves nothing behind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.transform import FRESHNESS_NOT_OFFERED
from floe_sdk.runtime.engine import check_engine, one_at_a_time, open_engine
from floe_sdk.runtime.ids import new_run_id
from floe_sdk.runtime.interrupt import interruptible
from floe_sdk.runtime.profiles import check_secrets, private_folder
from floe_sdk.runtime.recovery.lock import product_lock
from floe_sdk.runtime.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from floe_sdk.plugins.host import Platform
    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.freshness import SourceFreshness


def check_sources(
    artifacts: CompiledArtifacts,
    platform: Platform,
    select: tuple[str, ...] = (),
    exclude: tuple[str, ...] = (),
    selector: str | None = None,
) -> Sequence[SourceFreshness]:
    """Check the sources that say how fresh they have to be, by the engine's own check.

    A source that is too old, or can't be read, is an answer. Raises FloeError when the check can't begin: a run holds
    the product, a secret is unset, the engine refuses or does not offer it (FLOE-T011).
    """
    context = platform.context
    check_engine(artifacts, platform)
    check_secrets(platform.secrets)
    run_id = new_run_id()
    with (
        one_at_a_time,
        product_lock(context.product_state),  # a run that begins removes private folders
        interruptible(),
        private_folder(context.product_state, run_id) as private,
        Session(platform, run_id, artifacts.namespace, private, artifacts) as session,
        open_engine(artifacts, platform, session, built=False) as engine,
    ):
        request = replace(engine.request, select=select, exclude=exclude, selector=selector)
        found = platform.transform.transform_freshness(request=request, session=session)
        engine.succeeded = found is not None
    if found is None:
        raise FloeError(FRESHNESS_NOT_OFFERED, FRESHNESS_NOT_OFFERED.cause, fix=FRESHNESS_NOT_OFFERED.remedy)
    return found
