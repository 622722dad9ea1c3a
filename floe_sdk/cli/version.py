"""`floe version`."""

from __future__ import annotations

import platform

import click

from floe_sdk.cli.app import sdk_version
from floe_sdk.cli.options import json_option
from floe_sdk.cli.output import echo, print_json
from floe_sdk.plugins.discovery import discover


@click.command()
@json_option
def command(as_json: bool) -> None:
    """Print the versions of floe and of the installed plugins.

    \b
    Example:
      floe version --json
    """  # noqa: D301 - \b is click's mark for lines to keep
    packages = {record.distribution: record.version for record in discover().records if not record.own}
    versions = {"floe-sdk": sdk_version(), "python": platform.python_version(), **packages}
    if as_json:
        print_json(versions)
    else:
        echo("\n".join(f"{name} {version}" for name, version in versions.items()))
