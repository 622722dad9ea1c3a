"""`floe init`."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from floe_sdk.cli.git import git_value
from floe_sdk.cli.options import json_option
from floe_sdk.cli.output import echo, print_json
from floe_sdk.project.templates import TEMPLATES

if TYPE_CHECKING:
    from floe_sdk.project.scaffold import Scaffold


@click.command()
@click.argument(
    "folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path, file_okay=False), default="."
)
@click.option("--template", type=click.Choice(list(TEMPLATES)), help="The dbt project to begin with.")
@click.option("--name", help="The product's name; default: the dbt project's, else the folder's.")
@click.option("--owner", metavar="EMAIL", help="Who owns it; default: git's user.email.")
@json_option
def command(folder: Path, template: str | None, name: str | None, owner: str | None, as_json: bool) -> None:
    """Write what makes a folder a product: with a small dbt project, or around the one that is there.

    Writes a manifest.yaml only where neither FLOE_MANIFEST names one nor a folder above has it, up to the git root.
    Never overwrites a file.

    \b
    Examples:
      floe init shop
      cd my-dbt-project && floe init --owner data@example.com
    """  # noqa: D301 - \b is click's mark for lines to keep
    from floe_sdk.project.scaffold import plan_scaffold, write_scaffold

    scaffold = plan_scaffold(folder, name=name, owner=owner or git_value("user.email"), template=template)
    if sys.stdin.isatty() and not as_json and name is None:
        name = click.prompt("Name of the product", default=scaffold.name)
        scaffold = plan_scaffold(folder, name=name, owner=owner or git_value("user.email"), template=template)
    write_scaffold(scaffold)
    _print(scaffold, folder, as_json=as_json)


def _print(scaffold: Scaffold, folder: Path, *, as_json: bool) -> None:
    from floe_sdk.project.document import shown_path
    from floe_sdk.project.finding import MANIFEST_NAME
    from floe_sdk.project.scaffold import not_ignored, packages_to_install

    if as_json:
        print_json(
            {
                "folder": str(scaffold.folder),
                "product": scaffold.name,
                "template": scaffold.template,
                "manifest": str(scaffold.manifest),
                "files": list(scaffold.files),
            }
        )
        return
    for path in scaffold.files:
        echo(f"wrote {folder / path}")
    if MANIFEST_NAME not in scaffold.files:
        echo(f"the platform is {shown_path(scaffold.manifest)}")
    if missing := not_ignored(scaffold.folder):
        echo(f"add to .gitignore: {' '.join(missing)}")
    if packages := packages_to_install(scaffold.folder):
        echo(f"first: `dbt deps`, which installs what {packages} names")
    where = "" if folder == Path() else f" {shlex.quote(str(folder))}"
    echo(f"{scaffold.name} is ready: floe run{where}")
