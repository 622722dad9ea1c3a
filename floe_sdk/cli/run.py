"""`floe run`."""

from __future__ import annotations

import contextlib
import json
import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from floe_sdk.cli.artifact import artifact_option, locked_beside, open_artifact
from floe_sdk.cli.options import (
    baseline_option,
    env_option,
    json_option,
    literal_secrets_option,
    locked_option,
    spec_argument,
    vars_option,
)
from floe_sdk.cli.output import echo
from floe_sdk.cli.parent import stop_on_eof_option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from floe_sdk.cli.telemetry import CommandTelemetry
    from floe_sdk.compilation.pipeline import CompileResult
    from floe_sdk.plugins.host import Platform
    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.events import RunFinished
    from floe_sdk.schemas.graph import Graph

_TIME = click.DateTime(("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"))


@click.command()
@spec_argument
@env_option
@vars_option
@click.option("--select", "-s", multiple=True, metavar="SELECTOR", help="Run these nodes only (dbt's selectors).")
@click.option("--exclude", multiple=True, metavar="SELECTOR", help="Leave these nodes out.")
@click.option("--selector", metavar="NAME", help="Run what this selector of the project's selectors.yml chooses.")
@click.option(
    "--nodes",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Run exactly the nodes, and tests, whose ids of the artifact stand in this file, one a line.",
)
@click.option("--full-refresh", is_flag=True, help="Build incremental models and seeds anew.")
@click.option("--changed", is_flag=True, help="Leave out nodes that are current: same SQL, configuration and inputs.")
@click.option("--retry-failed", is_flag=True, help="Run what failed or was skipped in the last run, and nothing else.")
@click.option("--fail-fast", is_flag=True, help="Stop at the first node that fails.")
@click.option("--threads", type=click.IntRange(min=1), help="How many nodes run at once.")
@click.option(
    "--event-time-start", type=_TIME, metavar="TIME", help="Build the batches of microbatch models from here on (UTC)."
)
@click.option("--event-time-end", type=_TIME, metavar="TIME", help="Build them up to here.")
@click.option("--wait", type=click.FloatRange(min=0), default=0, metavar="SECONDS", help="Wait for another run to end.")
@artifact_option
@baseline_option
@locked_option
@stop_on_eof_option
@literal_secrets_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    spec: Path,
    environment: str | None,
    variables: str | None,
    artifact: Path | None,
    literal_secrets: bool,
    locked: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Compile a product and run it: every table one Parquet write and one Iceberg snapshot.

    Exit code 1 when a node or a test of severity error failed, 130 after Ctrl-C.

    \b
    Examples:
      floe run
      floe run products/customer-360 --env ci --select +mart_customer_360
      floe run --vars '{region: eu}' --selector nightly
      floe run --changed
      floe run --retry-failed
      floe run --artifact target/compiled_artifacts.json --locked --json
    """  # noqa: D301 - \b is click's mark for lines to keep
    from floe_sdk.cli.telemetry import CommandTelemetry
    from floe_sdk.compilation.pipeline import compile_product
    from floe_sdk.governance.baseline import known_by
    from floe_sdk.project.variables import parse_variables
    from floe_sdk.runtime.ids import new_run_id

    baseline: Path | None = options.pop("baseline")
    if baseline and artifact:
        raise click.UsageError("--baseline and --artifact contradict each other: an artifact was judged when compiled")
    _check_together(options)
    options["run_id"] = new_run_id()
    with _errors_as_lines(ctx, as_json):
        with CommandTelemetry("floe.run", run_id=options["run_id"]) as telemetry:
            given = parse_variables(variables)
            options["nodes"] = _node_ids(options["nodes"])
            if artifact is None:
                review = known_by(baseline)
                compile_ = partial(
                    compile_product,
                    spec,
                    env=environment,
                    literal_secrets=literal_secrets,
                    locked=locked,
                    review=review,
                )
                loaded = _compiled(compile_, given, telemetry, quiet=as_json)
            else:
                vet = locked_beside(artifact) if locked else None
                loaded = open_artifact(artifact, ctx, environment, given if variables else None, vet=vet)
            artifacts, product_root, platform = loaded
            with platform:
                if artifact is not None:
                    telemetry.running(artifacts, platform)
                finished = _run(artifacts, product_root, platform, as_json, options)
                if finished.exit_code:
                    telemetry.failed(finished.message or finished.status.value)
        ctx.exit(finished.exit_code)


def _check_together(options: dict[str, Any]) -> None:
    """Refuse options that leave open what is meant, or that dbt reads otherwise than it looks."""
    if options["selector"] and (options["select"] or options["exclude"]):
        raise click.UsageError("--selector and --select or --exclude contradict each other: keep one")
    if options["nodes"] and (options["select"] or options["exclude"] or options["selector"]):
        raise click.UsageError("--nodes says exactly what to run: leave out --select, --exclude and --selector")
    if bool(options["event_time_start"]) != bool(options["event_time_end"]):
        raise click.UsageError("--event-time-start and --event-time-end belong together")
    if options["event_time_start"] and options["event_time_start"] >= options["event_time_end"]:
        raise click.UsageError("--event-time-start is not before --event-time-end")


def _node_ids(file: Path | None) -> frozenset[str] | None:
    if file is None:
        return None
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"--nodes: {file} can't be read: {error}") from None
    return frozenset(line.strip() for line in lines if line.strip())


def _compiled(
    compile_: Callable[..., CompileResult], variables: dict[str, Any], telemetry: CommandTelemetry, *, quiet: bool
) -> tuple[CompiledArtifacts, Path, Platform]:
    from floe_sdk.cli.progress import meanwhile
    from floe_sdk.schemas.enforcement import FindingLevel
    from floe_sdk.schemas.words import counted

    with meanwhile("compiling", quiet=quiet):
        result = compile_(variables=variables, started=telemetry.compiling)
    if not quiet:
        for warning in result.warnings:
            echo(f"warning: {warning}", err=True)
        count = sum(result.enforcement.count(level) for level in (FindingLevel.ERROR, FindingLevel.WARNING))
        if count:
            echo(f"warning: governance has {counted(count, 'finding')}; `floe compile` lists them", err=True)
    return result.artifacts, result.product.context.product_root, result.platform


def _run(
    artifacts: CompiledArtifacts, product_root: Path, platform: Platform, as_json: bool, options: dict[str, Any]
) -> RunFinished:
    from floe_sdk.cli.progress import progress_for
    from floe_sdk.plugins.types import PluginType
    from floe_sdk.schemas.run import RunRequest

    idle = _idle(artifacts, options)
    with progress_for(artifacts.transforms, product_root, as_json=as_json, idle=idle) as progress:
        request = RunRequest(artifacts, product_root, **options, listeners=(progress,), platform=platform)
        if platform.has(PluginType.ORCHESTRATOR):
            finished = platform.orchestrator.orchestrator_run(request=request)
        else:
            from floe_sdk.runtime.execute import execute

            finished = execute(request)
    progress.finished(finished)
    return finished


def _idle(artifacts: CompiledArtifacts, options: Mapping[str, Any]) -> str:
    """What is said of a run that has no node to run."""
    given = [("--select", each) for each in options["select"]] + [("--exclude", each) for each in options["exclude"]]
    selection = shlex.join(word for pair in given for word in pair)
    if options["retry_failed"]:
        return "nothing to do: the last run left nothing that failed or was skipped"
    if options["changed"]:
        where = f" that `{selection}` matches" if selection else ""
        return f"nothing to do: no node{where} has changed since its last success"
    if not selection:
        return "warning: the project has no node to run"
    near = _nearest_node(artifacts.transforms, options["select"])
    hint = f"did you mean `--select {near}`?" if near else "`floe graph` lists the nodes"
    return f"warning: `{selection}` matches no node, so nothing is run; {hint}"


def _nearest_node(graph: Graph, selectors: Sequence[str]) -> str | None:
    """The name of the node that one of these selectors may mean; selectors by a method (`tag:x`) mean none."""
    from floe_sdk.schemas.fields import nearest

    names = {node.name for node in graph.nodes}
    plain = (each.strip("+@0123456789") for each in selectors if ":" not in each)
    return next((near for each in plain if each not in names and (near := nearest(each, names))), None)


@contextlib.contextmanager
def _errors_as_lines(ctx: click.Context, as_json: bool) -> Iterator[None]:
    """With `--json` an error is one more line of events, not a document of several lines."""
    from floe_sdk.errors import FloeError

    try:
        yield
    except FloeError as error:
        if not as_json:
            raise
        echo(json.dumps({"event": "error", "errors": [each.as_dict() for each in error.errors]}, ensure_ascii=False))
        ctx.exit(error.exit_code)
