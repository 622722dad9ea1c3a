"""`floe query`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from floe_sdk.cli.options import SPEC_FILE, env_option, literal_secrets_option
from floe_sdk.cli.rows import BINARY, FORMATS, write_rows
from floe_sdk.errors import FloeError


@click.command()
@click.argument("sql")
@click.option(
    "--product",
    "--spec",
    "spec",
    type=click.Path(path_type=Path),
    default=Path(),
    metavar="SPEC",
    help="A floe.yaml or its folder; default ./floe.yaml.",
)
@env_option
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Write into this file.")
@literal_secrets_option
def command(
    sql: str, spec: Path, environment: str | None, form: str, output: Path | None, literal_secrets: bool
) -> None:
    """Answer a read-only SELECT over the catalog's tables, named `namespace.table` or just `table`.

    Exactly one SELECT (or DESCRIBE, SUMMARIZE, SHOW); it reads the tables' files and nothing else.

    \b
    Examples:
      floe query "select count(*) from mart_customer_360"
      floe query "from customer_360.mart_customer_360 limit 5" --format json
      floe query "select * from stg_flights" --product products/flights --format parquet -o flights.parquet
    """  # noqa: D301 - \b is click's mark for lines to keep
    from floe_sdk.compilation.resolve import load_platform
    from floe_sdk.project.resolve import resolve
    from floe_sdk.runtime.tables.listing import query

    if form in BINARY and output is None and sys.stdout.isatty():
        from floe_sdk.errors.catalog import OUTPUT_IS_TERMINAL

        fix = f"add --output FILE.{form}, or redirect the output: floe query ... > FILE.{form}"
        raise FloeError(OUTPUT_IS_TERMINAL, f"--format {form} is binary and would go to a terminal", fix=fix)
    product = resolve(spec / SPEC_FILE if spec.is_dir() else spec, env=environment)
    with load_platform(product, literal_secrets=literal_secrets) as platform:
        write_rows(query(platform, sql).reader, form, output)
