"""`floe lineage`: what was sent and what waits, sending it, looking at events, and holding them against the spec."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from floe_sdk.cli.options import env_option, json_option, literal_secrets_option, spec_argument
from floe_sdk.cli.output import echo, print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from floe_sdk.project.resolved import ResolvedProduct
    from floe_sdk.runtime.lineage.sending import SinkReport

EXIT_REFUSED, EXIT_WAITING = 1, 4
run_option = click.option(
    "--run", "run_id", metavar="ID", help="Of this run, by the begin of its id; else of the last."
)


@click.group()
def command() -> None:
    """See what was sent of a product's lineage and what waits; send it, look at it, and check it."""


@command.command("status")
@spec_argument
@env_option
@json_option
def status_command(spec: Path, environment: str | None, as_json: bool) -> None:
    """Say for each sink how many events wait, were sent, refused and dropped; imports no plugin.

    \b
    Examples:
      floe lineage status
      floe lineage status products/customer-360 --env prod --json
    """  # noqa: D301 - \b is click's mark for lines to keep
    from dataclasses import asdict

    from floe_sdk.runtime.lineage.keeping import status

    product = _resolved(spec, environment)
    found = status(product.context.product_state, product.environment, _sinks(product))
    if as_json:
        sinks = [asdict(each) for each in found]
        print_json({"environment": product.environment, "sinks": [{**one, **one.pop("counts")} for one in sinks]})
        return
    if not found:
        echo(f"no lineage sink in {product.environment}, and nothing waits")
        return
    rows = [
        (each.name if each.selected else f"{each.name} (not in the manifest)", each.waiting, each.runs,
         each.counts.sent, each.counts.set_aside, each.counts.dropped, each.oldest)
        for each in found
    ]  # fmt: skip
    right = {"WAITING", "RUNS", "SENT", "SET ASIDE", "DROPPED"}
    print_table(("SINK", "WAITING", "RUNS", "SENT", "SET ASIDE", "DROPPED", "OLDEST"), rows, right=right)
    for each in found:
        if each.waiting and each.counts.last_error:
            echo(f"{each.name}: {each.counts.last_error} ({each.counts.last_error_at})", err=True)
    if any(each.waiting and each.selected for each in found):
        echo("`floe lineage flush` sends what waits", err=True)


@command.command("flush")
@spec_argument
@env_option
@click.option("--timeout", type=click.FloatRange(min=0.1), default=60.0, show_default=True, metavar="SECONDS")
@click.option("--wait", type=click.FloatRange(min=0), default=0, metavar="SECONDS", help="Wait for a run to end.")
@literal_secrets_option
@json_option
@click.pass_context
def flush_command(
    ctx: click.Context,
    spec: Path,
    environment: str | None,
    timeout: float,
    wait: float,
    literal_secrets: bool,
    as_json: bool,
) -> None:
    """Send what waits, all sinks at once, within a deadline; runs that were killed are closed as aborted before.

    Exit code 4 when a sink has not taken everything, which stays; 1 when one refused events, which are set aside.

    \b
    Examples:
      floe lineage flush
      floe lineage flush products/customer-360 --env prod --timeout 300
    """  # noqa: D301 - \b is click's mark for lines to keep
    from floe_sdk.errors import FloeError
    from floe_sdk.errors.lineage import NO_SINK
    from floe_sdk.plugins.host import Platform
    from floe_sdk.plugins.types import PluginType
    from floe_sdk.runtime.lineage.reading import flush

    product = _resolved(spec, environment)
    wanted = [each for each in product.plugins if each.type in (PluginType.LINEAGE, PluginType.SECRETS)]
    if not _sinks(product):
        raise FloeError(NO_SINK, f"no lineage sink is selected in {product.environment}", fix=NO_SINK.remedy)
    with Platform.load(
        wanted, product.context, approved=product.approved_plugins, literal_secrets=literal_secrets
    ) as platform:
        reports = flush(platform, timeout, wait)
    _print_reports(reports, as_json=as_json)
    waiting = any(each.waiting for each in reports)
    ctx.exit(EXIT_WAITING if waiting else EXIT_REFUSED if any(each.refused for each in reports) else 0)


@command.command("show")
@spec_argument
@env_option
@run_option
@click.option("--set-aside", "refused", is_flag=True, help="Instead, the events that a sink has refused, and why.")
@json_option
def show_command(spec: Path, environment: str | None, run_id: str | None, refused: bool, as_json: bool) -> None:
    """Show the events of a run: when, what, of which job, from which datasets into which.

    Kept are the last 20 runs' and those that wait. With --json the events are printed as they were sent.

    \b
    Examples:
      floe lineage show
      floe lineage show --run 01a2093d --json
      floe lineage show products/customer-360 --set-aside
    """  # noqa: D301 - \b is click's mark for lines to keep
    from floe_sdk.runtime.lineage.reading import run, set_aside
    from floe_sdk.schemas.words import counted

    product = _resolved(spec, environment)
    state = product.context.product_state
    if refused:
        _print_refused(set_aside(state, product.environment), as_json=as_json)
        return
    found = run(state, product.environment, run_id)
    if as_json:
        print_json({"run_id": found.run_id, "waiting": found.waiting, "events": found.events})
        return
    day = str(found.events[0]["eventTime"])[:10] if found.events else ""
    echo(f"run {found.run_id} in {product.environment}, {counted(len(found.events), 'event')}, {day}")
    rows = [_row(event, f"{product.context.product}.") for event in found.events]
    print_table(("TIME", "EVENT", "JOB", "INPUTS", "OUTPUTS", "ROWS"), rows, right={"ROWS"})
    for sink, number in found.waiting.items():
        echo(f"{sink} has not taken {counted(number, 'event')} of it", err=True)


@command.command("validate")
@spec_argument
@env_option
@run_option
@click.option("--all", "everything", is_flag=True, help="Of every run that is kept.")
@click.option("--file", type=click.Path(path_type=Path), help="The events in this file, one JSON object a line.")
@json_option
@click.pass_context
def validate_command(
    ctx: click.Context,
    spec: Path,
    environment: str | None,
    run_id: str | None,
    everything: bool,
    file: Path | None,
    as_json: bool,
) -> None:
    """Hold events against OpenLineage's JSON Schemas and the order of a run: START, one end, parents known.

    Exit code 1 when something is wrong. Needs jsonschema: pip install "floe-sdk[validate]".

    \b
    Examples:
      floe lineage validate
      floe lineage validate --all --env prod
      floe lineage validate --file .floe/lineage.jsonl
    """  # noqa: D301 - \b is click's mark for lines to keep
    from floe_sdk.runtime.lineage.checking import Checker
    from floe_sdk.runtime.lineage.reading import run, runs
    from floe_sdk.schemas.words import counted

    if file is not None:
        events = _read(file)
    else:
        product = _resolved(spec, environment)
        state = product.context.product_state
        chosen = runs(state, product.environment) if everything else [run(state, product.environment, run_id)]
        events = [event for each in chosen for event in each.events]
    checker = Checker(strangers=True)
    told = [(number, checker.problems(event)) for number, event in enumerate(events, 1)]
    problems: list[dict[str, Any]] = [{"event": number, "problem": line} for number, lines in told for line in lines]
    problems += [{"event": None, "problem": line} for line in checker.states.open()]
    if as_json:
        print_json({"events": len(events), "problems": problems})
    else:
        for each in problems:
            echo(f"event {each['event']}: {each['problem']}" if each["event"] else str(each["problem"]))
        echo(f"{counted(len(events), 'event')}, {counted(len(problems), 'problem')}")
    ctx.exit(1 if problems else 0)


def _resolved(spec: Path, environment: str | None) -> ResolvedProduct:
    from floe_sdk.project.resolve import resolve

    return resolve(spec, env=environment)


def _sinks(product: ResolvedProduct) -> list[str]:
    from floe_sdk.plugins.types import PluginType

    return [each.name for each in product.plugins if each.type is PluginType.LINEAGE]


def _read(file: Path) -> list[dict[str, Any]]:
    events = []
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        try:
            event = json.loads(line)
        except ValueError as error:
            raise click.UsageError(f"{file}:{number}: no JSON: {error}") from None
        if not isinstance(event, dict):
            raise click.UsageError(f"{file}:{number}: an event is an object")
        events.append(event)
    return events


def _row(event: Mapping[str, Any], prefix: str) -> Sequence[object]:
    """`prefix` is what all jobs of the run begin with."""
    outputs = event.get("outputs") or ()
    statistics = [(each.get("outputFacets") or {}).get("outputStatistics", {}) for each in outputs]
    rows = [each["rowCount"] for each in statistics if each.get("rowCount") is not None]
    time = str(event["eventTime"]).partition("T")[2][:12]
    names = (_names(event.get("inputs") or ()), _names(outputs))
    job = event["job"]["name"].removeprefix(prefix)
    return time, event["eventType"], job, *names, f"{rows[0]:,}" if rows else None


def _names(datasets: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(str(each["name"]).rstrip("/").rpartition("/")[2] for each in datasets)


def _print_refused(found: Mapping[str, Sequence[Mapping[str, Any]]], *, as_json: bool) -> None:
    if as_json:
        print_json({"set_aside": found})
        return
    rows = [
        (sink, line["at"], line["run_id"], line["event"]["eventType"], line["event"]["job"]["name"], line["reason"])
        for sink, lines in found.items()
        for line in lines
    ]
    if rows:
        print_table(("SINK", "REFUSED", "RUN", "EVENT", "JOB", "REASON"), rows)
    else:
        echo("no sink has refused an event")


def _print_reports(reports: Sequence[SinkReport], *, as_json: bool) -> None:
    from dataclasses import asdict

    from floe_sdk.schemas.words import counted

    if as_json:
        print_json({"sinks": [asdict(each) for each in reports]})
        return
    for each in reports:
        what = [f"sent {counted(each.delivered, 'event')}"]
        what += [f"{counted(each.refused, 'event')} refused and set aside ({each.refusal})"] if each.refused else []
        why = each.error or "the time is over"
        what += [f"{counted(each.waiting, 'event')} still waiting ({why})"] if each.waiting else []
        echo(f"{each.name}: {', '.join(what)}" if each.delivered or len(what) > 1 else f"{each.name}: nothing waits")
    if not reports:
        echo("nothing is sent: OPENLINEAGE_DISABLED is true", err=True)
