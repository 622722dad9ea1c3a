"""`floe compile --sql`: the artifact with what its nodes are compiled to, for plans that lack the sources."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from floe_sdk.project.compiled_nodes import compiled_nodes
from floe_sdk.project.files import write_atomic
from floe_sdk.schemas.artifact_file import seal

if TYPE_CHECKING:
    from floe_sdk.compilation.pipeline import CompileResult


def with_sql(result: CompileResult) -> CompileResult:
    """The same result, its artifact written anew. Raises FloeError when the transform engine can't tell."""
    nodes = compiled_nodes(result.artifacts, result.platform)
    sealed = seal(result.artifacts.model_copy(update={"compiled": nodes}))
    if result.path is not None:
        write_atomic(result.path, sealed.file_bytes())
    return replace(result, artifacts=sealed.artifacts)
