"""What a project's nodes are compiled to, kept by the project's hash: known ones cost no start of the engine."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from floe_sdk.errors import FloeError
from floe_sdk.errors.transform import COMPILE_NOT_OFFERED
from floe_sdk.plugins.types import PluginType
from floe_sdk.project.files import write_atomic
from floe_sdk.project.freshness import cache_dir, request_of
from floe_sdk.schemas.compiled import CompiledNode

if TYPE_CHECKING:
    from pathlib import Path

    from floe_sdk.plugins.host import Platform
    from floe_sdk.schemas.artifacts import CompiledArtifacts

_FORM = "2"
"""Another one where a node of the same project is said otherwise."""

KEPT = 4
"""A few environments or branches, between which people switch."""

_Nodes: TypeAdapter[dict[str, CompiledNode]] = TypeAdapter(dict[str, CompiledNode])


def compiled_nodes(artifacts: CompiledArtifacts, platform: Platform) -> dict[str, CompiledNode]:
    """Every node by id, as the transform plugin compiles it. Raises FloeError when that plugin can't."""
    path = _file(platform, artifacts.metadata.project_hash)
    with suppress(OSError, ValidationError):
        return _Nodes.validate_json(path.read_bytes())
    found = platform.transform.transform_compile(request=request_of(artifacts, platform))
    if found is None:
        raise FloeError(COMPILE_NOT_OFFERED, COMPILE_NOT_OFFERED.cause, fix=COMPILE_NOT_OFFERED.remedy)
    nodes = dict(found)
    _store(path, nodes)
    return nodes


def known_nodes(platform: Platform, project_hash: str) -> dict[str, CompiledNode] | None:
    """Those of another state of the project, where this machine has compiled it."""
    try:
        return _Nodes.validate_json(_file(platform, project_hash).read_bytes())
    except (OSError, ValidationError):
        return None


def _file(platform: Platform, project_hash: str) -> Path:
    """Another version of the transform plugin may say otherwise of the same project what counts."""
    records = (plugin.record for plugin in platform.records if plugin.type is PluginType.TRANSFORM)
    versions = "-".join([_FORM, *(record.version for record in records)])
    return cache_dir(platform.context.product_state) / f"compiled-{versions}-{project_hash}.json"


def _store(path: Path, nodes: dict[str, CompiledNode]) -> None:
    with suppress(FloeError, OSError):  # a cache: one that can't be written, or that somebody else prunes, costs time
        write_atomic(path, _Nodes.dump_json(nodes).decode())
        kept = sorted(path.parent.glob("compiled-*.json"), key=lambda each: each.stat().st_mtime, reverse=True)
        for old in kept[KEPT:]:
            old.unlink(missing_ok=True)
