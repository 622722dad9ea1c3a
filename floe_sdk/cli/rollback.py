"""`floe rollback`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from floe_sdk.cli.options import env_option, json_option, literal_secrets_option, spec_argument
from floe_sdk.cli.output import echo, print_json

if TYPE_CHECKING:
    from pathlib import Path

    from floe_sdk.runtime.tables.history import SnapshotInfo
    from floe_sdk.runtime.tables.rollback import RollbackPlan


@click.command()
@click.argument("table")
@spec_argument
@click.option(
    "--to",
    required=True,
    metavar="SNAPSHOT|RUN",
    help="A snapshot's id, or the id of the run that made it (its first 6 signs or more).",
)
@env_option
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@literal_secrets_option
@json_option
def command(
    table: str,
    spec: Path,
    to: str,
    environment: str | None,
    dry_run: bool,
    yes: bool,
    literal_secrets: bool,
    as_json: bool,
) -> None:
    """Show readers a table as it was: an earlier snapshot becomes the current one, in one commit.

    Nothing is deleted, so that one can come back the same way. What was built from the table stays as it is, and the
    next `floe run` builds the table again.

    \b
    Examples:
      floe tables --history mart_customer_360
      floe rollback mart_customer_360 --to 4107334170361936012
      floe rollback customer_360.mart_customer_360 products/customer-360 --to 4107334170361936012 --env ci --yes
    """  # noqa: D301 - \b is click's mark for lines to keep
    from floe_sdk.compilation.resolve import load_platform
    from floe_sdk.project.resolve import resolve
    from floe_sdk.runtime.tables.rollback import roll_back

    done = False

    def agreed(plan: RollbackPlan) -> bool:
        nonlocal done
        if not as_json:
            echo(f"{plan.name}\n  from {_told(plan.current)}\n  to   {_told(plan.target)}")
        done = not dry_run and (yes or _confirmed(as_json))
        return done

    with load_platform(resolve(spec, env=environment), literal_secrets=literal_secrets) as platform:
        plan = roll_back(platform, table, to, agreed=agreed)
    if as_json:
        print_json(_as_dict(plan, done))
    elif not plan.changes:
        echo(f"{plan.name} is at that snapshot already")
    elif dry_run:
        echo("nothing was changed (--dry-run)")
    elif done:
        echo("rolled back; `floe tables --history` tells of it")
    else:
        echo("nothing was changed")


def _confirmed(as_json: bool) -> bool:
    if as_json or not sys.stdin.isatty():
        raise click.UsageError("there is nobody to ask: add --yes, or --dry-run to see what would happen")
    return click.confirm("Roll back?", default=False)


def _told(snapshot: SnapshotInfo) -> str:
    from floe_sdk.schemas.words import counted

    rows = "an unknown number of rows" if snapshot.rows is None else counted(snapshot.rows, "row")
    run = f", run {snapshot.run_id}" if snapshot.run_id else ""
    return f"{snapshot.snapshot_id}: {rows}, {snapshot.committed_at:%Y-%m-%d %H:%M:%S} UTC{run}"


def _as_dict(plan: RollbackPlan, done: bool) -> dict[str, Any]:
    def plain(snapshot: SnapshotInfo) -> dict[str, Any]:
        return {**asdict(snapshot), "committed_at": snapshot.committed_at.isoformat()}

    return {"table": plan.name, "from": plain(plan.current), "to": plain(plan.target), "rolled_back": done}
