"""`floe plugins show`: one plugin in detail, imported in a child process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from floe_sdk.cli.options import json_option
from floe_sdk.cli.output import echo, print_json, print_table
from floe_sdk.cli.plugins.records import as_dict, find

if TYPE_CHECKING:
    from floe_sdk.plugins.discovery import PluginRecord


@click.command("show")
@click.argument("name")
@click.option("--distribution", metavar="NAME", help="The distribution, where several provide the plugin.")
@json_option
def command(name: str, distribution: str | None, as_json: bool) -> int:
    """Describe one plugin: summary, version, configuration keys, hooks, and what it does not support.

    NAME is a plugin's name, or TYPE/NAME. The plugin is imported in a process of its own.

    \b
    Example:
      floe plugins show storage/local
    """  # noqa: D301 - \b is click's mark for lines to keep
    from floe_sdk.authoring.describing import describe

    record = find(name, distribution)
    description, problem = describe(record)
    if as_json:
        print_json(
            {**as_dict(record), **description, "errors": [one.as_dict() for one in problem.errors] if problem else []}
        )
    else:
        _print(record, description)
        if problem:
            echo(problem.render(), err=True)
    return problem.exit_code if problem else 0


def _print(record: PluginRecord, description: dict[str, Any]) -> None:
    echo(f"{record.identity}  ({record.distribution} {record.version})")
    for line in (description.get("summary") or record.summary, record.home_page):
        if line:
            echo(f"  {line}")
    if record.requires:
        echo(f"  needs floe-sdk {record.requires}")
    if "config" in description:
        keys = [(one["key"], one["type"], _default(one), one["description"]) for one in description["config"]]
        echo("\nConfiguration:" if keys else "\nTakes no configuration.")
        if keys:
            print_table(("KEY", "TYPE", "DEFAULT", "DESCRIPTION"), keys)
        echo("\nHooks: " + ", ".join(description["hooks"]))
        for feature, reason in description["not_supported"].items():
            echo(f"Not supported: {feature}: {reason}")
    if "usage" in description:
        echo(description["usage"])


def _default(key: dict[str, Any]) -> str:
    if key["required"]:
        return "(required)"
    return "" if key["default"] is None else str(key["default"])
