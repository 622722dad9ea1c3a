"""The command's frame: which commands there are, and how every failure ends. Imports a command when it is invoked."""

from __future__ import annotations

import os
import re
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from floe_sdk.cli.output import echo, print_json
from floe_sdk.errors import FloeError
from floe_sdk.plugins.discovery import COMMAND, PluginRecord, discover

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from click.shell_completion import CompletionItem

COMMANDS: Mapping[str, str] = {
    "init": "Write what makes a folder a product: with a small dbt project, or around the one that is there.",
    "validate": "Check floe.yaml, the platform's manifest and the plugins' configuration; all problems at once.",
    "compile": "Compile a product into target/compiled_artifacts.json.",
    "run": "Compile a product and run it: every table one Parquet write and one Iceberg snapshot.",
    "plan": "Show what a run would do and why, and what it breaks for whoever reads the tables; runs nothing.",
    "freshness": "Check how old the newest rows of sources are, where these have `freshness`; runs no node.",
    "graph": "Draw the product's graph: its nodes, what each reads, and how many tests it has.",
    "tables": "List a product's tables: rows, size, current snapshot, when it was committed and by which run.",
    "rollback": "Show readers a table as it was: an earlier snapshot becomes the current one, in one commit.",
    "runs": "Tell of a product's runs: those of this machine, and those of others by what they left in the catalog.",
    "query": "Answer a read-only SELECT over the catalog's tables, named `namespace.table` or just `table`.",
    "lineage": "See what was sent of a product's lineage and what waits; send it, look at it, and check it.",
    "catalog": "Make the catalog ready, and maintain the product's tables in it.",
    "health": "Ask every selected plugin for a real round trip, all at once, within a deadline.",
    "config": "Show the effective configuration.",
    "schema": "Print the JSON Schema of manifest.yaml, floe.yaml or compiled_artifacts.json, for editors.",
    "plugins": "List and describe the installed plugins.",
    "package": "Put a compiled product and all that it needs into one tarball: a reproducible build context.",
    "version": "Print the versions of floe and of the installed plugins.",
}
"""Each command's name and its one-line help; the command itself is `floe_sdk.cli.<name>.command`."""

EPILOG = """\b
Exit codes: 0 fine, 1 the run failed, 2 wrong use or invalid files, 3 governance says no,
4 a plugin does not load or a server is not available, 130 Ctrl-C.

\b
Completion (bash; zsh_source and fish_source likewise):
  eval "$(_FLOE_COMPLETE=bash_source floe)"

\b
Example:
  floe run ./floe.yaml --env dev
"""


class LazyGroup(click.Group):
    """Knows its commands by name: those of floe from `COMMANDS`, those of packages from their metadata."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Those of floe in the order of work, then those of packages."""
        return [*COMMANDS, *self._installed()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Import a command; a package's only when the allow-list lets it be."""
        if cmd_name in COMMANDS:
            command: click.Command = import_module(f"floe_sdk.cli.{cmd_name}").command
            return command
        records = discover().records
        return _package_command(records, cmd_name) if cmd_name in self._installed(records) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's; an unknown name is told with the nearest one."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from floe_sdk.schemas.fields import nearest

            if guess := nearest(args[0], self.list_commands(ctx)):
                raise click.UsageError(f"{error.message} Did you mean {guess!r}?", error.ctx) from None
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """The list in `--help`, without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))
        if installed := self._installed():
            with formatter.section("Commands of installed packages"):
                formatter.write_dl([(name, f"from {record.distribution}") for name, record in installed.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """As click's, which would import every command that fits, to see its help."""
        from click.shell_completion import CompletionItem

        installed = {name: f"from {record.distribution}" for name, record in self._installed().items()}
        names = {name: text for name, text in {**COMMANDS, **installed}.items() if name.startswith(incomplete)}
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(name, help=text) for name, text in names.items()), *options]

    @staticmethod
    def _installed(records: Sequence[PluginRecord] | None = None) -> dict[str, PluginRecord]:
        found = discover().records if records is None else records
        return {one.name: one for one in found if one.type == COMMAND and one.name not in COMMANDS}


def _package_command(records: Sequence[PluginRecord], name: str) -> click.Command:
    from floe_sdk.errors.plugins import invalid
    from floe_sdk.plugins.loading import choose, load_target
    from floe_sdk.trust.allowing import check_allowed

    record = choose(records, f"{COMMAND}/{name}")
    check_allowed(record)
    command = load_target(record)
    if not isinstance(command, click.Command):
        raise invalid(record, f"{record.target} is no click command")
    return command


def sdk_version() -> str:
    """The installed version of floe-sdk."""
    return next(record.version for record in discover().records if record.own)


def _print_version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        echo(f"floe {sdk_version()}")
        ctx.exit()


def _remember(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    ctx.ensure_object(dict)["debug"] = value


@click.group(cls=LazyGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, expose_value=False, callback=_remember, help="Show the traceback of an error.")
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Print the version."
)
def floe() -> None:
    """Two YAML files and a dbt project become governed Iceberg tables, with lineage."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. Known problems are told in words, the others in one line."""
    state: dict[str, Any] = {"debug": False, "json": False}
    try:
        result = floe.main(arguments, prog_name="floe", standalone_mode=False, obj=state)
        sys.stdout.flush()
        return result if type(result) is int else 0
    except (click.Abort, KeyboardInterrupt):
        echo("interrupted", err=True)
        return 130
    except BrokenPipeError:  # whoever read the output went away: nothing is left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001 - the one place where every failure becomes words and an exit code
        if state["debug"]:
            import traceback

            echo("".join(traceback.format_exception(error)), err=True)
        return _report(error, state)


def _guessed(error: click.ClickException) -> click.ClickException:
    """What click says of a value that is none of a list, with the nearest one."""
    given = re.match(r"'(.*)' is not", error.message)
    if not isinstance(error, click.BadParameter) or error.param is None or given is None:
        return error
    from floe_sdk.schemas.fields import nearest

    kind = error.param.type
    guess = nearest(given[1], [str(each) for each in kind.choices]) if isinstance(kind, click.Choice) else None
    message = f"{error.message} Did you mean {guess!r}?"
    return click.BadParameter(message, error.ctx, error.param, error.param_hint) if guess else error


def _report(error: Exception, state: Mapping[str, Any]) -> int:
    if isinstance(error, FloeError):
        text, entries, code = error.render(), [one.as_dict() for one in error.errors], error.exit_code
    elif isinstance(error, click.ClickException):
        error = _guessed(error)
        if not state["json"]:
            error.show()
            return error.exit_code
        text, entries, code = "", [{"code": None, "problem": error.format_message(), "fix": None}], error.exit_code
    elif isinstance(error, OSError):
        from floe_sdk.project.files import is_full

        place = f"{error.filename}: " if error.filename else ""
        problem, fix = f"{place}{error.strerror or error}", "make room on that disk" if is_full(error) else None
        text = f"error: {problem}" + (f"\n  fix: {fix}" if fix else "")
        entries, code = [{"code": None, "problem": problem, "fix": fix}], 1
    else:
        problem = f"unexpected {type(error).__name__}: {' '.join(str(error).split())}"
        fix = "`floe --debug ...` shows the traceback; please report it"
        text, entries, code = f"error: {problem}\n  fix: {fix}", [{"code": None, "problem": problem, "fix": fix}], 1
    if state["json"]:
        print_json({"errors": entries})
    else:
        echo(text, err=True)
    return code
