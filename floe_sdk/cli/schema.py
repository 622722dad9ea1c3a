"""`floe schema`."""

from __future__ import annotations

import click

from floe_sdk.cli.output import print_json


@click.command()
@click.argument("document", type=click.Choice(["manifest", "spec", "artifacts"]))
def command(document: str) -> None:
    """Print the JSON Schema of manifest.yaml, floe.yaml or compiled_artifacts.json, for editors.

    \b
    Example:
      floe schema spec > .floe-spec.schema.json
    """  # noqa: D301 - \b is click's mark for lines to keep
    from floe_sdk.project.json_schema import json_schema

    print_json(json_schema(document))
