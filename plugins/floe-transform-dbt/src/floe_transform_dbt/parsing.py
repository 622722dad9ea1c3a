"""Reading a project with dbt, in a private folder and with a profile that holds no secret's value."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from floe_transform_dbt.invoke import Invocation
from floe_transform_dbt.own_sources import link_own_sources
from floe_transform_dbt.warnings import warnings_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dbt.contracts.graph.manifest import Manifest
    from dbt_common.events.base_types import EventMsg

    from floe_sdk import GraphRequest
    from floe_transform_dbt.project import DbtProject

_WHOLE = "--no-partial-parse"


@contextmanager
def parsed(project: DbtProject, request: GraphRequest) -> Iterator[Manifest]:
    """The project as dbt reads it for a request of compile time; what dbt needs of the folder is there until the end.

    Raises FloeError with dbt's own message when the project does not parse.
    """
    request.cache_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="floe-parse-") as private:
        invocation = Invocation(
            project=project,
            environment=request.environment,
            profiles_dir=Path(private),
            target_dir=parse_dir(request.cache_dir, request.environment),
            log_dir=Path(private),
        )
        invocation.write_profile({"schema": request.namespace, "threads": 1, **request.profile})
        yield parse(invocation, callbacks=[warnings_to(request.warned)] if request.warned else ())


def parse_dir(cache_dir: Path, environment: str) -> Path:
    """Where parsing for a graph leaves dbt's partial parse, one for each environment: another's would not fit."""
    return cache_dir / "dbt" / environment


def parse(invocation: Invocation, *options: str, callbacks: Sequence[Callable[[EventMsg], None]] = ()) -> Manifest:
    """Read the project; who reads a source that is the project's own table depends on that.

    Raises FloeError with dbt's own message when the project does not parse.
    """
    result = invocation.call("parse", "--no-write-json", "--show-all-deprecations", *options, callbacks=callbacks)
    if isinstance(result.exception, KeyboardInterrupt):
        raise result.exception
    if not result.success:
        from floe_transform_dbt.failure import parse_failure

        raise parse_failure(result.exception, invocation.project) from None
    manifest: Manifest = result.result  # type: ignore[assignment]  # what `parse` answers
    if _WHOLE not in options and _dangles(manifest):
        return parse(invocation, *options, _WHOLE, callbacks=callbacks)
    link_own_sources(manifest)
    return manifest


def _dangles(manifest: Manifest) -> bool:
    """Whether a node reads what is gone: dbt's partial parse does not look again at a snapshot whose model went."""
    known = {*manifest.nodes, *manifest.sources, *manifest.metrics, *manifest.semantic_models, *manifest.exposures}
    known.update(getattr(manifest, "functions", ()))
    nodes = (node for node in manifest.nodes.values() if node.resource_type.value in ("model", "snapshot"))
    return any(each not in known for node in nodes for each in node.depends_on_nodes)
