"""The orchestrator in the box: runs the artifact in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk import hookimpl

if TYPE_CHECKING:
    from floe_sdk import RunFinished, RunRequest


class LocalOrchestrator:
    """`plugins.orchestrator` with `type: local`."""

    @hookimpl
    def orchestrator_run(self, request: RunRequest) -> RunFinished:
        from floe_sdk import execute  # a compile, which selects this plugin too, needs nothing of the runtime

        return execute(request)
