"""`floe plugins doctor`: what is wrong with the installed plugins, or with one of them, and what mends it."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from floe_sdk.cli.options import json_option
from floe_sdk.cli.output import echo, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from floe_sdk.authoring.doctoring.doctor import Diagnosis


@click.command("doctor")
@click.argument("name", required=False)
@click.option(
    "--manifest",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Whose approved_plugins count; else FLOE_MANIFEST, else manifest.yaml in the working directory.",
)
@json_option
def command(name: str | None, manifest: Path | None, as_json: bool) -> int:
    """Say why a plugin is not found, not loaded, shadowed, left out, too old or too new, and what mends it.

    Without NAME everything that is installed is looked at, and nothing imported. NAME (a plugin, TYPE/NAME, or a
    distribution) is imported in a process of its own. Exit codes: 0 nothing is wrong, 1 something is; of a NAME what a
    command ends with that needs it: 2 not found or not of a fitting version, 3 not approved, 4 does not load.

    \b
    Example:
      floe plugins doctor storage/s3
    """  # noqa: D301 - \b is click's mark for lines to keep
    from floe_sdk.authoring.doctoring.doctor import look_around, look_at

    approved = _approved(manifest)
    diagnosis = look_around(approved) if name is None else look_at(name, approved)
    if as_json:
        print_json(_as_dict(diagnosis))
    else:
        _print(diagnosis)
    return diagnosis.exit_code


def _approved(manifest: Path | None) -> Sequence[Sequence[str]]:
    from floe_sdk.project.named_plugins import named_plugins

    named = os.environ.get("FLOE_MANIFEST")
    path = manifest or (Path(named) if named else Path("manifest.yaml"))
    return named_plugins(path).approved if path.is_file() else ()


def _as_dict(diagnosis: Diagnosis) -> dict[str, Any]:
    return {
        "plugins": [
            {"plugin": one.identity, "distribution": one.distribution, "version": one.version}
            for one in diagnosis.records
        ],
        "distributions": [
            {
                "name": one.name,
                "version": one.version,
                "place": str(one.source or one.folder.parent),
                "editable": one.source is not None,
                "counts": one.counts,
            }
            for one in diagnosis.packages
        ],
        "faults": [fault._asdict() for fault in diagnosis.faults],
        "errors": [],
    }


def _print(diagnosis: Diagnosis) -> None:
    from floe_sdk.authoring.groups import GROUPS

    echo(f"Python {platform.python_version()} in {sys.prefix}")
    for one in sorted(diagnosis.packages, key=lambda package: package.key):
        plugins = [f"{GROUPS[each.group]}/{each.name}" for each in one.entries if each.group in GROUPS and one.counts]
        echo(f"  {one.name} {one.version} in {one.place}: {', '.join(plugins) or 'no plugin that counts'}")
    for fault in diagnosis.faults:
        mark = "-" if fault.note else "x"
        told = fault.problem if fault.problem.startswith(fault.subject) else f"{fault.subject}: {fault.problem}"
        echo(f"\n{mark}  {told}\n   fix: {fault.fix}")
    faults = sum(not fault.note for fault in diagnosis.faults)
    echo(f"\n{faults} fault{'s' if faults > 1 else ''}" if faults else "\nnothing is wrong")
