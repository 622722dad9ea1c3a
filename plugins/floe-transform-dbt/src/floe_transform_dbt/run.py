"""`dbt build` in this process, told to a listener node by node."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from floe_sdk import FloeError, TransformResult
from floe_transform_dbt.describing import Describer
from floe_transform_dbt.environment import check_environment
from floe_transform_dbt.events import EventSink
from floe_transform_dbt.failure import clean
from floe_transform_dbt.invoke import Invocation
from floe_transform_dbt.narrowing import narrowed
from floe_transform_dbt.parsing import parse, parse_dir
from floe_transform_dbt.selecting import selection

if TYPE_CHECKING:
    from pathlib import Path

    from dbt.cli.main import dbtRunnerResult

    from floe_sdk import RunListener, TransformRequest
    from floe_transform_dbt.project import DbtProject

DEFAULT_THREADS = 4
PARTIAL_PARSE = "partial_parse.msgpack"
EVERYTHING = ("--select", "fqn:*")
"""Without it, dbt takes the default selector of selectors.yml."""


def run_project(
    project: DbtProject, request: TransformRequest, listener: RunListener, threads: int | None
) -> TransformResult:
    """Parse, then build with the parsed manifest, so that compiled SQL is at hand when a node ends.

    Raises FloeError when the project does not parse or a variable of dbt speaks against it, KeyboardInterrupt when the
    run was interrupted.
    """
    check_environment()
    command = _command(request)
    chosen = EVERYTHING if request.exact else selection(project, request)
    options = [*chosen, *(_options(request) if command == "build" else ())]
    invocation = begin(project, request, threads)
    described: dict[str, Describer] = {}

    def executing(node_id: str) -> None:
        if request.compiled is not None and (compiled := described["project"].describe(node_id)):
            request.compiled(node_id, compiled)

    sink = EventSink(listener, product_root=request.product_root, project_root=project.root, executing=executing)
    manifest = parse(invocation, *partial_parse(request), callbacks=[sink])
    sink.manifest = manifest
    described["project"] = Describer(project, manifest)
    with narrowed(request.only, sink.unit_tests):
        result = invocation.call(command, *options, callbacks=[sink], manifest=manifest)
    sink.close(getattr(result.result, "results", None) or ())
    return replace(_outcome(result, sink, request.target_dir), warnings=tuple(sink.warnings))


def _command(request: TransformRequest) -> str:
    """`build` runs a unit test only together with its model."""
    tests = request.exact and request.only and all(each.startswith(("test.", "unit_test.")) for each in request.only)
    return "test" if tests else "build"


def begin(project: DbtProject, request: TransformRequest, threads: int | None) -> Invocation:
    """Make the request's folders and write its profile; returns what calls dbt there."""
    for folder in (request.target_dir, request.log_dir):
        folder.mkdir(parents=True, exist_ok=True)
    invocation = Invocation(
        project=project,
        environment=request.environment,
        profiles_dir=request.private_dir,
        target_dir=request.target_dir,
        log_dir=request.log_dir,
    )
    threads = request.threads or threads or request.profile.get("threads") or DEFAULT_THREADS
    invocation.write_profile({"schema": request.namespace, **request.profile, "threads": threads})
    return invocation


def partial_parse(request: TransformRequest) -> list[str]:
    """The first run goes on with what the compile parsed; later ones find their own beside their target."""
    if request.cache_dir is None or (request.target_dir / PARTIAL_PARSE).exists():
        return []
    parsed = parse_dir(request.cache_dir, request.environment) / PARTIAL_PARSE
    return [f"--partial-parse-file-path={parsed}"] if parsed.exists() else []


def _options(request: TransformRequest) -> list[str]:
    options = []
    if request.full_refresh:
        options.append("--full-refresh")
    if request.fail_fast:
        options.append("--fail-fast")
    for name, time in (("start", request.event_time_start), ("end", request.event_time_end)):
        if time is not None:
            options.append(f"--event-time-{name}={time:%Y-%m-%dT%H:%M:%S}")
    return options


def _outcome(result: dbtRunnerResult, sink: EventSink, target: Path) -> TransformResult:
    if sink.failure is not None:  # what a listener raised on one of dbt's threads
        raise sink.failure
    if isinstance(result.exception, KeyboardInterrupt):
        raise result.exception
    cause = result.exception.__cause__ if result.exception else None
    if isinstance(cause, FloeError):  # the adapter's, before any node ran
        raise cause
    if isinstance(cause, OSError):  # dbt's own files
        place = cause.filename or f"dbt's files below {target}"
        return TransformResult(success=False, error=clean(f"can't write {place}: {cause.strerror or cause}"))
    if result.exception is not None:
        return TransformResult(success=False, error=clean(str(result.exception)) or type(result.exception).__name__)
    if sink.hook_errors:
        return TransformResult(success=False, error="\n".join(sink.hook_errors))
    # dbt also calls a run failed in which nodes were skipped; the nodes say why.
    return TransformResult(success=result.success, error=None)
