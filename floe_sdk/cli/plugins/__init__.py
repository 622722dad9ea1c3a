"""`floe plugins`: what is installed, and help for those who write plugins; one file a command."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMANDS: Mapping[str, str] = {
    "list": "List the installed plugins; imports none of them.",
    "show": "Describe one plugin: summary, version, configuration keys, hooks, and what it does not support.",
    "new": "Write a package with a plugin that works: installable, typed, tested by the contract of its type.",
    "doctor": "Say why a plugin is not found, not loaded, shadowed, left out, too old or too new, and what mends it.",
    "check": "Check a plugin against the rules of a level: its files and metadata, an import, its contract suite.",
}
"""Each command's name and its one-line help; the command itself is `floe_sdk.cli.plugins.<name>.command`."""


class _Group(click.Group):
    """Imports a command when it is invoked."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """In the order of work."""
        return [*COMMANDS]  # `list` is the module beside this one, once it was imported

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Import one."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"floe_sdk.cli.plugins.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """The list in `--help`, without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items()])


@click.group(cls=_Group)
def command() -> None:
    """List and describe the installed plugins."""
