"""The contract of a compute plugin: where SQL runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from floe_sdk.plugins.markers import optional_hook, required_hook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyiceberg.schema import Schema

    from floe_sdk.schemas.columns import ColumnsRequest
    from floe_sdk.schemas.query import QueryRequest, QueryResult
    from floe_sdk.schemas.session import RunSession


class ComputeSpec:
    """Hooks of type `compute`; a platform may have several, by name."""

    @required_hook
    def compute_profile(self, namespace: str) -> Mapping[str, Any]:
        """The target of a dbt profile, as the artifact holds it: no paths of this machine, secrets as references.

        No I/O. Equal input gives equal output.

        When: Compiling, for each selected compute; at the begin of a run or of `floe freshness`, for the first one.
        Caller: RESOLVE; the run.
        Thread: The command's.
        Deadline: None; it answers at once.
        Errors: FloeError is told as it is and ends the command; anything else is told as unexpected, exit code 1.
        """

    @optional_hook
    def compute_open(self, session: RunSession, profile: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Prepare a run; returns the profile target to use, with this machine's paths.

        An engine that constructs the compute's adapter by itself hands it nothing but the profile: put `session.id`
        into it, and find the run with `floe_sdk.session(id)`. What is written belongs into `session.private_dir`.

        When: Once a run, after `storage_ready` and before the engine; once a `floe freshness`.
        Caller: The run.
        Thread: The run's.
        Deadline: None.
        Errors: Whatever is raised fails the run; `compute_close` is called all the same.
        """

    @optional_hook
    def compute_close(self, session: RunSession, succeeded: bool, built: bool) -> None:
        """End a run: put in place what people may open, let go of files.

        `built` is false where sources were checked and nothing was run: what people open stays as it is.

        When: Once after `compute_open`, also when that or the run failed or was interrupted, before
            `session.private_dir` is removed.
        Caller: The run.
        Thread: The run's.
        Deadline: None.
        Errors: Whatever is raised fails the run, also one whose nodes all succeeded.
        """

    @optional_hook
    def compute_columns(self, request: ColumnsRequest) -> Mapping[str, Schema] | None:
        """The columns that queries will have, by key, from inputs without rows; leaves out what can't be told.

        When: `floe plan`, to name columns that a change removes, renames or narrows.
        Caller: `floe plan`.
        Thread: The command's.
        Deadline: None.
        Errors: FloeError is told as it is and ends the command; anything else is told as unexpected, exit code 1.
        """

    @required_hook
    def compute_query(self, request: QueryRequest) -> QueryResult:
        """Answer one read-only SELECT over the catalog's tables; refuses anything else.

        When: `floe query`.
        Caller: `floe query`.
        Thread: The command's; the answer is read there, too.
        Deadline: None.
        Errors: FloeError with QUERY_REFUSED, QUERY_FAILED, TABLE_NOT_FOUND or DATA_FILE_MISSING ends the command.
        """
