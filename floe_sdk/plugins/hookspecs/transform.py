"""The contract of a transform plugin: the graph of a project, and running its nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.plugins.markers import optional_hook, required_hook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from floe_sdk.schemas.compiled import CompiledNode
    from floe_sdk.schemas.freshness import SourceFreshness
    from floe_sdk.schemas.graph import Graph
    from floe_sdk.schemas.session import RunSession
    from floe_sdk.schemas.transform import GraphRequest, RunListener, TransformRequest, TransformResult


class TransformSpec:
    """Hooks of type `transform`; one plugin a platform."""

    @required_hook
    def transform_fingerprint(self, request: GraphRequest) -> str:  # type: ignore[empty-body]  # a specification
        """The project's hash: files, variables, environment, versions; imports no engine, reads no data."""

    @required_hook
    def transform_graph(self, request: GraphRequest) -> Graph:  # type: ignore[empty-body]  # a specification
        """The project's graph. Raises FloeError with the engine's own message, file and line if it does not parse."""

    @required_hook
    def transform_run(  # type: ignore[empty-body]  # a specification
        self, request: TransformRequest, session: RunSession, listener: RunListener
    ) -> TransformResult:
        """Run the selected nodes in this process, reporting each start and end to `listener` as it happens."""

    @optional_hook
    def transform_compile(self, request: GraphRequest) -> Mapping[str, CompiledNode] | None:
        """Every node of the project that a run executes, as it would execute it; reads no data, needs no secret.

        `floe plan` and `floe run --changed` need it. The same project gives the same answer on every machine.
        """

    @optional_hook
    def transform_freshness(self, request: TransformRequest, session: RunSession) -> Sequence[SourceFreshness] | None:
        """How old the selected sources are that have a limit for it, by the engine's own check; runs no node.

        `floe freshness` needs it. A source that can't be read is an answer; raises FloeError where there is none.
        """

    @optional_hook
    def transform_files(self, request: GraphRequest) -> Mapping[str, Path] | None:
        """All files of the project that a run reads beside its data: path relative to the product's root -> the file.

        `floe package` needs it. The project's hash over these files alone is the hash of the project.
        """
