"""`floe schema`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from floe_sdk.cli.output import echo, print_json
from floe_sdk.errors import FloeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from floe_sdk.plugins.discovery import PluginRecord
    from floe_sdk.project.named_plugins import NamedPlugins

SIDE_BY_SIDE = 4
"""How many plugins are imported at once, each in a process of its own."""


@click.command()
@click.argument("document", type=click.Choice(["manifest", "spec", "artifacts"]))
@click.argument("manifest", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--all", "everything", is_flag=True, help="Import every installed plugin, for its configuration.")
def command(document: str, manifest: Path | None, everything: bool) -> None:
    """Print the JSON Schema of manifest.yaml, floe.yaml or compiled_artifacts.json, for editors.

    That of a manifest knows the configuration of the plugins that MANIFEST names (by default manifest.yaml in the
    working directory, where there is one); each is imported in a process of its own. Of others it knows the names.

    \b
    Examples:
      floe schema manifest > .floe-manifest.schema.json
      floe schema spec > .floe-spec.schema.json
    """  # noqa: D301 - \b is click's mark for lines to keep
    from floe_sdk.project.json_schema import json_schema

    if document != "manifest":
        if manifest is not None or everything:
            raise click.UsageError("MANIFEST and --all belong to the schema of a manifest")
        print_json(json_schema(document))
        return
    default = Path("manifest.yaml")
    path = manifest if manifest is not None else default if default.is_file() else None
    print_json(_of_manifest(path, everything))


def _of_manifest(path: Path | None, everything: bool) -> dict[str, Any]:
    from floe_sdk.plugins.discovery import COMMAND, discover
    from floe_sdk.project.config_schema import add_configs
    from floe_sdk.project.json_schema import json_schema
    from floe_sdk.project.named_plugins import NamedPlugins, named_plugins

    installed = [record for record in discover().records if record.type != COMMAND]
    named = named_plugins(path) if path is not None else NamedPlugins()
    chosen = installed if everything else _chosen(installed, named)
    if everything:
        echo(f"imports every installed plugin: {', '.join(record.identity for record in chosen)}", err=True)
    names: dict[str, list[str]] = {}
    for record in installed:
        names.setdefault(record.type, []).append(record.name)
    schema = json_schema("manifest")
    add_configs(schema, _configs(chosen, named.approved), names)
    return schema


def _chosen(installed: Sequence[PluginRecord], named: NamedPlugins) -> list[PluginRecord]:
    from floe_sdk.plugins.loading import choose

    chosen = []
    for identity, distribution in named.distributions.items():
        try:
            chosen.append(choose(installed, identity, distribution))
        except FloeError as error:
            _left_open(identity, error)
    return chosen


def _configs(
    records: Sequence[PluginRecord], approved: Sequence[Sequence[str]]
) -> dict[tuple[str, str], dict[str, Any]]:
    """The schemas of those that may be imported, and can."""
    from floe_sdk.authoring.describing import describe
    from floe_sdk.trust.allowing import check_allowed

    def ask(record: PluginRecord) -> tuple[dict[str, Any], FloeError | None]:
        try:
            for each in approved:
                check_allowed(record, each)
        except FloeError as error:
            return {}, error
        return describe(record)

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        answers = list(pool.map(ask, records))
    found = {}
    for record, (description, problem) in zip(records, answers, strict=True):
        if problem is not None:
            _left_open(record.identity, problem)
        else:
            found[record.type, record.name] = description["schema"]
    return found


def _left_open(identity: str, error: FloeError) -> None:
    echo(f"warning: the configuration of {identity} is left open: {error.problem}", err=True)
