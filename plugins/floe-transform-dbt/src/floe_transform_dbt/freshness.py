"""`dbt source freshness` in this process; its target/sources.json is not written."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from floe_sdk import ENGINE_FAILED, FloeError, FreshnessStatus, SourceFreshness
from floe_transform_dbt.failure import clean
from floe_transform_dbt.parsing import parse
from floe_transform_dbt.run import begin, partial_parse
from floe_transform_dbt.selecting import selection

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult

    from floe_sdk import TransformRequest
    from floe_transform_dbt.project import DbtProject

STATUS = {"pass": FreshnessStatus.PASS, "warn": FreshnessStatus.WARN}
"""Everything else (`error`, `runtime error`) is an error."""


def check_sources(project: DbtProject, request: TransformRequest, threads: int | None) -> list[SourceFreshness]:
    """Every selected source that has `freshness`, by name.

    Raises FloeError when the project does not parse or dbt gives no answer, KeyboardInterrupt when interrupted.
    """
    options = selection(project, request)
    invocation = begin(project, request, threads)
    manifest = parse(invocation, *partial_parse(request))
    result = invocation.call("source freshness", "--no-write-json", *options, manifest=manifest)
    found = list(getattr(result.result, "results", None) or ())
    sources = [_checked(each) for each in found if each.node.resource_type.value == "source"]
    if not result.success and not any(each.status is FreshnessStatus.ERROR for each in sources):
        raise _failure(result, found)
    return sorted(sources, key=lambda each: each.name)


def _checked(result: Any) -> SourceFreshness:
    node, limits = result.node, result.node.freshness
    loaded_at = getattr(result, "max_loaded_at", None)
    empty = loaded_at is not None and loaded_at.year == 1  # dbt's way to say so
    message = clean(str(result.message)) if result.message else ""
    known = loaded_at is not None and not empty
    return SourceFreshness(
        id=node.unique_id,
        name=f"{node.source_name}.{node.name}",
        status=STATUS.get(str(result.status.value), FreshnessStatus.ERROR),
        loaded_at=loaded_at if known else None,
        age=timedelta(seconds=result.age) if known else None,
        warn_after=_limit(limits.warn_after),
        error_after=_limit(limits.error_after),
        message="no row has a time: it counts as older than any limit" if empty else message,
    )


def _limit(time: Any) -> timedelta | None:
    return timedelta(**{time.period.plural(): time.count}) if time else None


def _failure(result: dbtRunnerResult, found: list[Any]) -> BaseException:
    """Why there is no answer: what dbt raised, or the project's hook that failed."""
    error = result.exception
    if isinstance(error, KeyboardInterrupt):
        return error
    cause = error.__cause__ if error else None
    if isinstance(cause, FloeError):  # the adapter's
        return cause
    hooks = [f"{each.node.name}: {each.message}" for each in found if each.node.resource_type.value == "operation"]
    problem = clean(str(error)) if error else clean("\n".join(hooks))
    return FloeError(ENGINE_FAILED, problem or "dbt source freshness failed without a message")
