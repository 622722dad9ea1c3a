"""`floe tables`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from floe_sdk.cli.options import env_option, json_option, literal_secrets_option, spec_argument
from floe_sdk.cli.output import echo, print_json, print_table, size_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from floe_sdk.runtime.tables.history import TableHistory
    from floe_sdk.runtime.tables.listing import TableInfo

_COLUMNS = ("NAMESPACE", "TABLE", "ROWS", "SIZE", "SNAPSHOT", "COMMITTED", "RUN")
LONG_HISTORY = 1000
"""From so many snapshots on, what they cost is told: each commit reads and writes about 1 KB for each."""

_HISTORY = ("SNAPSHOT", "STATE", "COMMITTED", "OPERATION", "ROWS", "RUN", "NODE")


@click.command()
@spec_argument
@env_option
@click.option("--all", "everything", is_flag=True, help="Of every product in the catalog.")
@click.option("--history", metavar="TABLE", help="Every snapshot of this table instead, the newest first.")
@literal_secrets_option
@json_option
def command(
    spec: Path, environment: str | None, everything: bool, history: str | None, literal_secrets: bool, as_json: bool
) -> int:
    """List a product's tables: rows, size, current snapshot, when it was committed and by which run.

    A table whose metadata can't be read is told as an error (exit code 1), after the others.

    \b
    Examples:
      floe tables
      floe tables products/customer-360 --env ci --json
      floe tables --history mart_customer_360
    """  # noqa: D301 - \b is click's mark for lines to keep
    from floe_sdk.compilation.resolve import load_platform
    from floe_sdk.project.resolve import resolve
    from floe_sdk.runtime.tables.listing import list_tables

    with load_platform(resolve(spec, env=environment), literal_secrets=literal_secrets) as platform:
        if history is not None:
            from floe_sdk.runtime.tables.history import read_history

            _print_history(read_history(platform, history), as_json=as_json)
            return 0
        tables, damaged = list_tables(platform, everything=everything)
    if as_json:
        errors = {"errors": [one.as_dict() for error in damaged for one in error.errors]} if damaged else {}
        print_json({"tables": [_as_dict(table) for table in tables], **errors})
    elif tables:
        _print(tables)
    elif not damaged:
        echo("no tables yet; `floe run` publishes them")
    for error in damaged if not as_json else ():
        echo(error.render(), err=True)
    return max((error.exit_code for error in damaged), default=0)


def _print(tables: Sequence[TableInfo]) -> None:
    rows = [
        (
            table.namespace,
            table.table,
            None if table.rows is None else f"{table.rows:,}",
            None if table.bytes is None else size_text(table.bytes),
            table.snapshot_id,
            table.committed_at.astimezone().isoformat(" ", "seconds") if table.committed_at else None,
            table.run_id,
        )
        for table in tables
    ]
    print_table(_COLUMNS, rows, right={"ROWS", "SIZE"})
    long = [f"{each.namespace}.{each.table} ({each.snapshots:,})" for each in tables if each.snapshots >= LONG_HISTORY]
    if long:
        echo(
            f"long histories make commits and files larger: {', '.join(long)} snapshots; let old ones go with "
            "governance.snapshot_keep_last and `floe catalog maintain --apply`",
            err=True,
        )


def _print_history(history: TableHistory, *, as_json: bool) -> None:
    if as_json:
        snapshots = [{**asdict(each), "committed_at": each.committed_at.isoformat()} for each in history.snapshots]
        rollbacks = [{"at": each.at, "from": each.source, "to": each.target} for each in history.rollbacks]
        print_json({"table": history.name, "snapshots": snapshots, "rollbacks": rollbacks})
        return
    rows = [
        (
            each.snapshot_id,
            each.state,
            each.committed_at.astimezone().isoformat(" ", "seconds"),
            each.operation,
            None if each.rows is None else f"{each.rows:,}",
            each.run_id,
            each.node_id,
        )
        for each in history.snapshots
    ]
    print_table(_HISTORY, rows, right={"ROWS"})
    for each in history.rollbacks:
        echo(f"rolled back {each.at}: {each.source} -> {each.target}")


def _as_dict(table: TableInfo) -> dict[str, Any]:
    return {**asdict(table), "committed_at": table.committed_at.isoformat() if table.committed_at else None}
