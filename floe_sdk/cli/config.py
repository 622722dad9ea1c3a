"""`floe config show`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from floe_sdk.cli.options import env_option, json_option, spec_argument
from floe_sdk.cli.output import echo, print_json, print_table

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
def command() -> None:
    """Show the effective configuration."""


@command.command("show")
@spec_argument
@env_option
@click.option("--origin", is_flag=True, help="Also the file, line, variable or default that each value came from.")
@json_option
def show(spec: Path, environment: str | None, origin: bool, as_json: bool) -> None:
    """Print every value that holds for a product in an environment; secrets are shown as references.

    \b
    Examples:
      floe config show --origin
      floe config show products/customer-360 --env ci --json
    """  # noqa: D301 - \b is click's mark for lines to keep
    from floe_sdk.project import resolve
    from floe_sdk.project.show import effective_lines

    product = resolve(spec, env=environment)
    lines = effective_lines(product)
    if as_json:
        origins = {"origins": {key: source for key, _, source in lines}} if origin else {}
        print_json({**product.effective(), **origins})
        return
    for warning in product.warnings:
        echo(f"warning: {warning}", err=True)
    columns = ("KEY", "VALUE", "ORIGIN") if origin else ("KEY", "VALUE")
    print_table(columns, [line[: len(columns)] for line in lines])
