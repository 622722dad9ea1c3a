"""`floe plugins new`: a package with a plugin that works."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from floe_sdk.cli.git import git_value
from floe_sdk.cli.options import json_option
from floe_sdk.cli.output import echo, print_json
from floe_sdk.plugins.types import PluginType

if TYPE_CHECKING:
    from floe_sdk.authoring.scaffold import NewPackage

_TYPES = [kind.value for kind in PluginType]


@click.command("new")
@click.argument("kind", metavar="TYPE", type=click.Choice(_TYPES), required=False)
@click.argument("name", required=False)
@click.option(
    "--dir",
    "folder",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="The new package's folder; default: floe-TYPE-NAME, here.",
)
@click.option("--description", metavar="TEXT", help="What it is for, in one line.")
@click.option("--author", metavar="NAME", help="Who writes it; default: git's user.name.")
@click.option("--email", metavar="ADDRESS", help="Where to reach them; default: git's user.email.")
@click.option(
    "--licence",
    "--license",
    "licence",
    metavar="ID",
    help="Apache-2.0 (the default), MIT, BSD-3-Clause or LicenseRef-Proprietary.",
)
@click.option("--url", metavar="URL", help="The project's page.")
@json_option
def command(kind: str | None, name: str | None, folder: Path | None, as_json: bool, **about: str | None) -> None:
    """Write a package with a plugin that works: installable, typed, tested by the contract of its type.

    TYPE is one of compute, transform, catalog, storage, orchestrator, telemetry, lineage, secrets, policy and alert.
    NAME is the word by which manifest.yaml will select it. What is missing is asked for where standard input is a
    terminal. Never writes into a folder that holds anything.

    \b
    Examples:
      floe plugins new storage azure-like
      floe plugins new policy house-rules --dir rules --author "Ada" --email ada@example.com --licence MIT
    """  # noqa: D301 - \b is click's mark for lines to keep
    from floe_sdk.authoring.scaffold import About, plan_package, write_package

    asking = sys.stdin.isatty() and not as_json
    kind, name = _wanted(kind, name, asking)
    about = {**about, "author": about["author"] or git_value("user.name")}
    about = {**about, "email": about["email"] or git_value("user.email")}
    plan_package(PluginType(kind), name, About(**about), folder)  # before anything is asked for in vain
    if asking:
        about = _asked(about)
    package = plan_package(PluginType(kind), name, About(**about), folder)
    write_package(package)
    _print(package, folder, as_json=as_json)


def _wanted(kind: str | None, name: str | None, asking: bool) -> tuple[str, str]:
    """Type and name, asked for where that is possible."""
    if asking:
        kind = kind or click.prompt("Type", type=click.Choice(_TYPES))
        name = name or click.prompt("Name, as in manifest.yaml")
    for value, wanted in ((kind, "TYPE"), (name, "NAME")):
        if not value:
            raise click.MissingParameter(param_hint=wanted, param_type="argument")
    return str(kind), str(name)


def _asked(about: dict[str, Any]) -> dict[str, Any]:
    """What only the author knows; an empty answer leaves it out."""
    from floe_sdk.authoring.rendering import licences

    questions = {"description": "What it is for, in one line", "author": "Author", "email": "E-mail address"}
    answers = {
        key: about[key] or click.prompt(question, default="", show_default=False) or None
        for key, question in questions.items()
    }
    known = licences()
    licence = about["licence"] or click.prompt("Licence", type=click.Choice(known), default=known[0])
    return {**about, **answers, "licence": licence}


def _print(package: NewPackage, folder: Path | None, *, as_json: bool) -> None:
    from floe_sdk.authoring.placeholders import placeholders

    marks = {path: [one.wanted for one in placeholders(text)] for path, text in package.files.items()}
    if as_json:
        print_json(
            {
                "type": package.kind.value,
                "name": package.name,
                "distribution": package.distribution,
                "folder": str(package.folder),
                "files": list(package.files),
                "placeholders": [{"file": path, "wanted": each} for path, found in marks.items() for each in found],
                "warnings": list(package.warnings),
            }
        )
        return
    shown = folder or Path(package.distribution)
    for path in package.files:
        echo(f"wrote {shown / path}")
    for warning in package.warnings:
        echo(f"warning: {warning}", err=True)
    echo("yours to write (`floe plugins check` finds what is left):")
    for path, found in marks.items():
        for wanted in found:
            echo(f"  {shown / path}: {wanted}")
    echo(f'next:\n  cd {shlex.quote(str(shown))}\n  pip install -e ".[test]"\n  pytest\n  floe plugins check .')
