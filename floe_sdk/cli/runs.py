"""`floe runs`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from floe_sdk.cli.options import env_option, json_option, literal_secrets_option, spec_argument
from floe_sdk.cli.output import echo, print_json, print_table, redacted, size_text
from floe_sdk.runtime.runs.record import STATUSES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from floe_sdk.project.resolved import ResolvedProduct
    from floe_sdk.runtime.runs.record import RunRecord, RunSummary

_COLUMNS = ("RUN", "STATUS", "STARTED", "SECONDS", "ENVIRONMENT", "NODES", "FAILED", "ROWS", "BY")


class _ListByDefault(click.Group):
    """`floe runs` and `floe runs FOLDER` are `floe runs list`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the command's name where it was left out."""
        first = args[0] if args else ""
        if first not in ("--help", "-h", *self.commands) and (not first or first[0] == "-" or Path(first).exists()):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_ListByDefault)
def command() -> None:
    """Tell of a product's runs: those of this machine, and those of others by what they left in the catalog.

    \b
    Examples:
      floe runs
      floe runs list --status failed
      floe runs show last
      floe runs show 01a2093d --html run.html
    """  # noqa: D301 - \b is click's mark for lines to keep


@command.command("list")
@spec_argument
@env_option
@click.option("--status", type=click.Choice(STATUSES), help="Only runs that ended like this, or are going on.")
@click.option("--limit", "-n", type=click.IntRange(min=1), default=20, show_default=True, help="How many, at most.")
@click.option("--all", "everything", is_flag=True, help="All that are known.")
@click.option("--local", is_flag=True, help="Only what this machine remembers: the catalog is not asked.")
@literal_secrets_option
@json_option
def list_(
    spec: Path,
    environment: str | None,
    status: str | None,
    limit: int,
    everything: bool,
    local: bool,
    literal_secrets: bool,
    as_json: bool,
) -> None:
    """List the runs, the newest first.

    Of a run on another machine, the catalog's snapshots tell what it published, and when: its status is `published`.

    \b
    Examples:
      floe runs list
      floe runs list products/customer-360 --env ci --status failed --json
    """  # noqa: D301 - \b is click's mark for lines to keep
    from floe_sdk.project.resolve import resolve
    from floe_sdk.runtime.runs.find import list_runs
    from floe_sdk.runview.view import summary_dict

    product = resolve(spec, env=environment)
    note = ""
    elsewhere: Mapping[str, RunRecord] = {}
    if not local:
        elsewhere, note = _asked(product, literal_secrets)
    runs = list_runs(
        product.context.product_state,
        elsewhere,
        environment=environment,
        status=status,
        limit=None if everything else limit,
    )
    if as_json:
        print_json({"runs": [summary_dict(run) for run in runs], **({"note": note} if note else {})})
        return
    if note:
        echo(f"warning: {note}", err=True)
    if runs:
        print_table(_COLUMNS, map(_row, runs), right={"SECONDS", "NODES", "FAILED", "ROWS"})
    else:
        echo("no such run" if status else "no runs yet; `floe run` makes one")


@command.command()
@click.argument("run", metavar="ID")
@spec_argument
@env_option
@click.option(
    "--html", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it as one page into FILE."
)
@literal_secrets_option
@json_option
def show(
    run: str, spec: Path, environment: str | None, html: Path | None, literal_secrets: bool, as_json: bool
) -> None:
    """Tell of one run: its nodes in time, rows and bytes, tests, errors, and what each node read and wrote.

    ID is as much of the run's id as no other run shares, or `last`. The page of --html opens from a file, needs no
    network, and can be kept or sent as it is. In the table, `*` marks the nodes that the run's end waited for.

    \b
    Examples:
      floe runs show last
      floe runs show 01a2093d products/customer-360 --json
      floe runs show last --html run.html
    """  # noqa: D301 - \b is click's mark for lines to keep
    from floe_sdk.project.resolve import resolve
    from floe_sdk.runtime.runs.find import find_run
    from floe_sdk.runview.view import run_dict

    product = resolve(spec, env=environment)
    record = find_run(product.context.product_state, run, _elsewhere(product, literal_secrets), environment)
    if html is not None:
        _write_page(record, html)
    if as_json:
        print_json(run_dict(record))
    elif html is None:
        _print(record)


def _elsewhere(product: ResolvedProduct, literal_secrets: bool) -> Callable[[], Mapping[str, RunRecord]]:
    """Asks the catalog, and says where it can't be asked."""

    def ask() -> Mapping[str, RunRecord]:
        found, note = _asked(product, literal_secrets)
        if note:
            echo(f"warning: {note}", err=True)
        return found

    return ask


def _asked(product: ResolvedProduct, literal_secrets: bool) -> tuple[Mapping[str, RunRecord], str]:
    """The catalog's runs; a catalog that is away hides what this machine remembers from nobody."""
    from floe_sdk.compilation.resolve import load_platform
    from floe_sdk.errors import FloeError
    from floe_sdk.runtime.runs.elsewhere import catalog_runs

    try:
        with load_platform(product, literal_secrets=literal_secrets) as platform:
            return catalog_runs(platform), ""
    except (FloeError, OSError) as error:  # the latter of a FileIO that is no plugin's
        told = error.problem if isinstance(error, FloeError) else error
        return {}, f"runs of other machines are not known, as the catalog did not answer: {told}"


def _row(run: RunSummary) -> Sequence[object]:
    from floe_sdk.runview.text import local

    return (
        run.run_id,
        run.status,
        local(run.started_at) if run.started_at else None,
        f"{run.seconds:.1f}" if run.seconds is not None and run.origin != "catalog" else None,
        run.environment,
        f"{sum(run.counts.values()):,}" if run.origin != "journal" else None,
        run.failures or None,
        f"{run.rows:,}" if run.origin != "journal" else None,
        f"{run.parent['namespace']}/{run.parent['name']}" if run.parent else run.who or "another machine",
    )


def _print(record: RunRecord) -> None:
    from floe_sdk.runview import text

    for line in text.head_lines(record, size_text):
        echo(line)
    for line in text.problem_lines(record):
        echo(line)
    if rows := text.node_rows(record, size_text, bar=_bar()):
        echo("")
        print_table(text.COLUMNS, rows, right={"ROWS", "SIZE", "SECONDS"})
    if lineage := list(text.lineage_lines(record)):
        echo("\nlineage")
        for line in lineage:
            echo(f"  {line}")


def _bar() -> str:
    """What the time line is drawn with, where the output can spell it."""
    try:
        "█".encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return "#"
    return "█"


def _write_page(record: RunRecord, file: Path) -> None:
    from floe_sdk.errors import FloeError
    from floe_sdk.project.document import shown_path
    from floe_sdk.project.files import write_atomic
    from floe_sdk.runview.html import render_html

    page: Any = redacted(render_html(record))
    try:
        write_atomic(file, page)
    except FloeError as error:  # what one names oneself, no variable moves
        raise FloeError(error.code, error.problem, where=error.where, fix="name another file with --html") from error
    echo(f"wrote {shown_path(file)}", err=True)
