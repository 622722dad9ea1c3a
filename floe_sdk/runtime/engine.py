"""The engine of an artifact, opened on its default compute: what a run and a check of sources have in common."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.run import NO_COMPUTE, NO_ENGINE
from floe_sdk.plugins.types import PluginType
from floe_sdk.project.document import shown_path
from floe_sdk.project.freshness import cache_dir
from floe_sdk.runtime.profiles import revealed
from floe_sdk.schemas.graph import FLOE_ENGINE
from floe_sdk.schemas.transform import TransformRequest
from floe_sdk.schemas.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from floe_sdk.plugins.host import Platform
    from floe_sdk.runtime.session import Session
    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.transform import TransformResult

one_at_a_time = threading.Lock()
"""dbt keeps global state, and the working directory belongs to the process: a second thread waits here."""


@dataclass
class OpenEngine:
    """`request` is of the whole project. Whoever uses the engine says in `succeeded` whether it did what was asked."""

    request: TransformRequest
    succeeded: bool = False


def check_engine(artifacts: CompiledArtifacts, platform: Platform) -> None:
    """Raise FloeError for a product that has no engine, as it has nothing to run."""
    if artifacts.transforms.engine == FLOE_ENGINE:
        raise FloeError(NO_ENGINE, NO_ENGINE.cause, where=str(platform.context.product_root), fix=NO_ENGINE.remedy)


@contextmanager
def open_engine(
    artifacts: CompiledArtifacts, platform: Platform, session: Session, *, built: bool
) -> Iterator[OpenEngine]:
    """The compute is open, with secrets revealed, for as long as the block takes; `built` says that it makes tables."""
    context = platform.context
    compute = platform.compute(_default_compute(artifacts))
    profile = compute.compute_profile(namespace=session.namespace)
    succeeded = False
    try:
        profile = compute.compute_open(session=session, profile=profile) or profile
        engine = OpenEngine(
            TransformRequest(
                product_root=context.product_root,
                project_dir=context.product_root,
                profile=revealed(dict(profile)),
                namespace=session.namespace,
                environment=artifacts.environment,
                private_dir=session.private_dir,
                target_dir=context.product_state / artifacts.transforms.engine / artifacts.environment,
                log_dir=context.product_state / "logs",
                variables=artifacts.variables,
                cache_dir=cache_dir(context.product_state),
            )
        )
        yield engine
        succeeded = engine.succeeded
    finally:
        compute.compute_close(session=session, succeeded=succeeded, built=built)


def warned(result: TransformResult, artifacts: CompiledArtifacts, log: Path) -> tuple[str, ...]:
    """The line for people that the engine warned of something while it ran, if it did; the texts are in its log."""
    if not result.warnings:
        return ()
    count = counted(len(result.warnings), "warning")
    return (f"{artifacts.transforms.engine} gave {count} while it ran: see {shown_path(log)}",)


def _default_compute(artifacts: CompiledArtifacts) -> str:
    """The compute that runs what names none: the first of the manifest."""
    for plugin in artifacts.plugins:
        if plugin.type == PluginType.COMPUTE.value:
            return plugin.name
    raise FloeError(NO_COMPUTE, NO_COMPUTE.cause, fix=NO_COMPUTE.remedy)
