"""`floe plugins`: what is installed, from metadata; one plugin in detail, imported in a child process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from floe_sdk.cli.options import json_option
from floe_sdk.cli.output import echo, print_json, print_table
from floe_sdk.plugins.discovery import COMMAND, PluginRecord, discover
from floe_sdk.plugins.types import PluginType

if TYPE_CHECKING:
    from collections.abc import Iterable


@click.group()
def command() -> None:
    """List and describe the installed plugins."""


@command.command("list")
@click.option(
    "--type", "kind", type=click.Choice([*(kind.value for kind in PluginType), COMMAND]), help="Only this type."
)
@json_option
def list_plugins(kind: str | None, as_json: bool) -> None:
    """List the installed plugins; imports none of them.

    \b
    Example:
      floe plugins list --type storage
    """  # noqa: D301 - \b is click's mark for lines to keep
    found = discover()
    records = [record for record in found.records if kind in {None, record.type}]
    if as_json:
        print_json({"plugins": [_as_dict(record) for record in records], "problems": found.problems})
        return
    rows = [(one.type, one.name, one.distribution, one.version, one.summary) for one in records]
    print_table(("TYPE", "NAME", "DISTRIBUTION", "VERSION", "SUMMARY"), rows)
    for note in (*found.problems, *_clashes(records)):
        echo(f"note: {note}", err=True)


@command.command("show")
@click.argument("name")
@click.option("--distribution", metavar="NAME", help="The distribution, where several provide the plugin.")
@json_option
def show_plugin(name: str, distribution: str | None, as_json: bool) -> int:
    """Describe one plugin: summary, version, configuration keys and hooks.

    NAME is a plugin's name, or TYPE/NAME. The plugin is imported in a process of its own.

    \b
    Example:
      floe plugins show storage/local
    """  # noqa: D301 - \b is click's mark for lines to keep
    from floe_sdk.cli.describing import describe

    record = _find(name, distribution)
    description, problem = describe(record)
    if as_json:
        print_json(
            {**_as_dict(record), **description, "errors": [one.as_dict() for one in problem.errors] if problem else []}
        )
    else:
        _print(record, description)
        if problem:
            echo(problem.render(), err=True)
    return problem.exit_code if problem else 0


def _as_dict(record: PluginRecord) -> dict[str, Any]:
    return {
        "type": record.type,
        "name": record.name,
        "distribution": record.distribution,
        "version": record.version,
        "summary": record.summary,
        "home_page": record.home_page,
        "requires_floe_sdk": record.requires,
        "entry_point": record.target,
    }


def _clashes(records: Iterable[PluginRecord]) -> list[str]:
    providers: dict[str, list[str]] = {}
    for record in records:
        providers.setdefault(record.identity, []).append(record.distribution)
    return [
        f"{identity} is provided by {' and '.join(names)}: choose one with `distribution:` in the manifest"
        for identity, names in providers.items()
        if len(names) > 1
    ]


def _find(name: str, distribution: str | None) -> PluginRecord:
    from floe_sdk.errors.plugins import ambiguous, not_found
    from floe_sdk.plugins.loading import choose
    from floe_sdk.schemas.fields import nearest

    records = discover().records
    if "/" in name:
        return choose(records, name, distribution)
    identities = sorted({record.identity for record in records if record.name == name})
    if len(identities) > 1:
        raise ambiguous(name, identities)
    if not identities:
        guess = nearest(name, (record.name for record in records))
        raise not_found(f"TYPE/{name}", distribution, (), guess)
    return choose(records, identities[0], distribution)


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
    if "usage" in description:
        echo(description["usage"])


def _default(key: dict[str, Any]) -> str:
    if key["required"]:
        return "(required)"
    return "" if key["default"] is None else str(key["default"])
