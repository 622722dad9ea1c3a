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
    def compute_profile(self, namespace: str) -> Mapping[str, Any]:  # type: ignore[empty-body]  # a specification
        """The target of a dbt profile, as the artifact holds it: no paths of this machine, secrets as references.

        Called at compile time and at run time; does no I/O. Equal input gives equal output.
        """

    @optional_hook
    def compute_open(self, session: RunSession, profile: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Prepare a run; returns the profile target to use, with this machine's paths. Run time only.

        An engine that constructs the compute's adapter by itself hands it nothing but the profile: put `session.id`
        into it, and find the run with `floe_sdk.session(id)`. What is written belongs into `session.private_dir`.
        """

    @optional_hook
    def compute_close(self, session: RunSession, succeeded: bool, built: bool) -> None:
        """End a run: put in place what people may open, let go of files.

        Called once after `compute_open`, also when that or the run failed, before `session.private_dir` is removed.
        `built` is false where sources were checked and nothing was run: what people open stays as it is.
        """

    @optional_hook
    def compute_columns(self, request: ColumnsRequest) -> Mapping[str, Schema] | None:
        """The columns that queries will have, by key, from inputs without rows; leaves out what can't be told.

        `floe plan` asks, to name columns that a change removes, renames or narrows.
        """

    @required_hook
    def compute_query(self, request: QueryRequest) -> QueryResult:  # type: ignore[empty-body]  # a specification
        """Answer one read-only SELECT over the catalog's tables (`floe query`); refuses anything else.

        Raises FloeError with QUERY_REFUSED, QUERY_FAILED, TABLE_NOT_FOUND or DATA_FILE_MISSING.
        """
