"""`check_sources`: how old the sources of an artifact are. Reads as a run does, and leaves nothing behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.run import NO_ENGINE
from floe_sdk.errors.transform import FRESHNESS_NOT_OFFERED
from floe_sdk.project.freshness import cache_dir
from floe_sdk.runtime.execute import default_compute, one_at_a_time, target_dir
from floe_sdk.runtime.ids import new_run_id
from floe_sdk.runtime.interrupt import interruptible
from floe_sdk.runtime.lock import product_lock
from floe_sdk.runtime.profiles import check_secrets, private_folder, revealed
from floe_sdk.runtime.session import Session
from floe_sdk.schemas.graph import FLOE_ENGINE
from floe_sdk.schemas.transform import TransformRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from floe_sdk.plugins.host import Platform
    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.freshness import SourceFreshness


def check_sources(
    artifacts: CompiledArtifacts, platform: Platform, select: tuple[str, ...] = ()
) -> Sequence[SourceFreshness]:
    """Check the sources that say how fresh they have to be, by the engine's own check.

    A source that is too old, or can't be read, is an answer. Raises FloeError when the check can't begin: a run holds
    the product, a secret is unset, the engine refuses or does not offer it (FLOE-T011).
    """
    context = platform.context
    if artifacts.transforms.engine == FLOE_ENGINE:
        raise FloeError(NO_ENGINE, NO_ENGINE.cause, where=str(context.product_root), fix=NO_ENGINE.remedy)
    check_secrets(platform.secrets)
    run_id = new_run_id()
    with (
        one_at_a_time,
        product_lock(context.product_state),  # a run that begins removes private folders
        interruptible(),
        private_folder(context.product_state, run_id) as private,
        Session(platform, run_id, artifacts.namespace, private, artifacts) as session,
    ):
        return _checked(artifacts, platform, session, select)


def _checked(
    artifacts: CompiledArtifacts, platform: Platform, session: Session, select: tuple[str, ...]
) -> Sequence[SourceFreshness]:
    context = platform.context
    compute = platform.compute(default_compute(artifacts))
    profile = compute.compute_profile(namespace=session.namespace)
    found = None
    try:
        profile = compute.compute_open(session=session, profile=profile) or profile
        request = TransformRequest(
            product_root=context.product_root,
            project_dir=context.product_root,
            profile=revealed(dict(profile)),
            namespace=session.namespace,
            environment=artifacts.environment,
            private_dir=session.private_dir,
            target_dir=target_dir(context.product_state, artifacts),
            log_dir=context.product_state / "logs",
            select=select,
            variables=artifacts.variables,
            cache_dir=cache_dir(context.product_state),
        )
        found = platform.transform.transform_freshness(request=request, session=session)
    finally:
        compute.compute_close(session=session, succeeded=found is not None, built=False)
    if found is None:
        raise FloeError(FRESHNESS_NOT_OFFERED, FRESHNESS_NOT_OFFERED.cause, fix=FRESHNESS_NOT_OFFERED.remedy)
    return found
