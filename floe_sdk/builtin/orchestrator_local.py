"""The orchestrator in the box: runs the artifact in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from floe_sdk import hookimpl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from floe_sdk import RunFinished, RunRequest


class LocalOrchestrator:
    """`plugins.orchestrator` with `type: local`."""

    not_supported: ClassVar[Mapping[str, str]] = {
        "health": "a run is in this process: there is nothing to ask",
        "unreachable": "a run is in this process: there is no server that could be away",
        "generate": "a run needs the artifact alone",
        "workspace": "a run needs the artifact alone",
        "commands": "`floe run` serves a package",
    }

    @hookimpl
    def orchestrator_run(self, request: RunRequest) -> RunFinished:
        from floe_sdk import execute  # a compile, which selects this plugin too, needs nothing of the runtime

        return execute(request)
