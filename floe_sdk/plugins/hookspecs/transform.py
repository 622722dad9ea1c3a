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
    def transform_fingerprint(self, request: GraphRequest) -> str:
        """The project's hash: files, variables, environment, versions; imports no engine, reads no data.

        When: Compiling, before the graph; `validate`; before each run of an artifact, to see that the project is still
            the one that was compiled.
        Caller: RESOLVE; `floe_sdk.execute`; `validate`.
        Thread: The command's.
        Deadline: None; it is a part of every command's start.
        Errors: FloeError (PROJECT_NOT_FOUND, PROJECT_NOT_PARSED) ends the command. PROJECT_NOT_FOUND is none where
            floe.yaml has `transforms`.
        """

    @required_hook
    def transform_graph(self, request: GraphRequest) -> Graph:
        """The project's graph, nodes sorted by id.

        When: Compiling, where no graph of that fingerprint is known on this machine.
        Caller: RESOLVE.
        Thread: The command's.
        Deadline: None.
        Errors: FloeError with the engine's own message, file and line (PROJECT_NOT_PARSED) ends the compile.
        """

    @required_hook
    def transform_run(self, request: TransformRequest, session: RunSession, listener: RunListener) -> TransformResult:
        """Run the selected nodes in this process, reporting each start and end to `listener` as it happens.

        When: Once a run, after `compute_open`; not where nothing is left to run.
        Caller: `floe_sdk.execute`.
        Thread: The run's; `listener` may be called from the engine's own threads.
        Deadline: None; an interrupted run raises KeyboardInterrupt here, once.
        Errors: A node's failure is no exception: it is reported to `listener`. An engine that goes down is
            `TransformResult(success=False, error=...)`. What is raised fails the nodes that are open, and the run.
        """

    @optional_hook
    def transform_compile(self, request: GraphRequest) -> Mapping[str, CompiledNode] | None:
        """Every node of the project that a run executes, as it would execute it; reads no data, needs no secret.

        The same project gives the same answer on every machine.

        When: `floe plan` and `floe run --changed`, where no answer for the project's hash is known on this machine.
        Caller: The command; the run.
        Thread: The command's.
        Deadline: None.
        Errors: None, or no such hook, is FLOE-T008 for who asked. FloeError is told as it is and ends the command;
            anything else is told as unexpected, exit code 1.
        """

    @optional_hook
    def transform_freshness(self, request: TransformRequest, session: RunSession) -> Sequence[SourceFreshness] | None:
        """How old the selected sources are that have a limit for it, by the engine's own check; runs no node.

        When: `floe freshness`, with the compute open as in a run.
        Caller: `floe freshness`.
        Thread: The command's.
        Deadline: None.
        Errors: A source that can't be read is an answer; FloeError where there is none ends the command. None, or no
            such hook, is FLOE-T011.
        """

    @optional_hook
    def transform_files(self, request: GraphRequest) -> Mapping[str, Path] | None:
        """All files of the project that a run reads beside its data: path relative to the product's root -> the file.

        The project's hash over these files alone is the hash of the project.

        When: `floe package`.
        Caller: `floe package`.
        Thread: The command's.
        Deadline: None.
        Errors: None, or no such hook, is FLOE-B002 for who asked. FloeError is told as it is and ends the command;
            anything else is told as unexpected, exit code 1.
        """
