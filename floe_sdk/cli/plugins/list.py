"""`floe plugins list`: what is installed, from metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from floe_sdk.cli.options import json_option
from floe_sdk.cli.output import echo, print_json, print_table
from floe_sdk.cli.plugins.records import as_dict
from floe_sdk.plugins.discovery import COMMAND, PluginRecord, discover
from floe_sdk.plugins.types import PluginType

if TYPE_CHECKING:
    from collections.abc import Iterable


@click.command("list")
@click.option(
    "--type", "kind", type=click.Choice([*(kind.value for kind in PluginType), COMMAND]), help="Only this type."
)
@click.option("--markdown", is_flag=True, help="Print a page for your documentation: a gallery.")
@json_option
def command(kind: str | None, markdown: bool, as_json: bool) -> None:
    """List the installed plugins; imports none of them.

    \b
    Examples:
      floe plugins list --type storage
      floe plugins list --markdown > docs/plugins.md
    """  # noqa: D301 - \b is click's mark for lines to keep
    found = discover()
    records = [record for record in found.records if kind in {None, record.type}]
    if as_json:
        print_json({"plugins": [as_dict(record) for record in records], "problems": found.problems})
        return
    if markdown:
        from floe_sdk.cli.plugins.gallery import gallery

        echo(gallery(records).rstrip())
        return
    rows = [(one.type, one.name, one.distribution, one.version, one.summary) for one in records]
    print_table(("TYPE", "NAME", "DISTRIBUTION", "VERSION", "SUMMARY"), rows)
    for note in (*found.problems, *_clashes(records)):
        echo(f"note: {note}", err=True)


def _clashes(records: Iterable[PluginRecord]) -> list[str]:
    providers: dict[str, list[str]] = {}
    for record in records:
        providers.setdefault(record.identity, []).append(record.distribution)
    return [
        f"{identity} is provided by {' and '.join(names)}: choose one with `distribution:` in the manifest"
        for identity, names in providers.items()
        if len(names) > 1
    ]
