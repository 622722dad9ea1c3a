"""Arguments and options that commands share."""

from __future__ import annotations

from pathlib import Path

import click

SPEC_FILE = "floe.yaml"


def _spec(_ctx: click.Context, _parameter: click.Parameter, value: Path | None) -> Path:
    path = value or Path()
    return path / SPEC_FILE if path.is_dir() else path


def _json(ctx: click.Context, _parameter: click.Parameter, value: bool) -> bool:
    ctx.ensure_object(dict)["json"] = value
    return value


spec_argument = click.argument("spec", required=False, callback=_spec, type=click.Path(path_type=Path))
"""`[SPEC]`, a floe.yaml or its folder: parameter `spec: Path`, the file's path. Whether it exists, the reader says."""

env_option = click.option(
    "--env",
    "environment",
    metavar="NAME",
    help="The environment; else FLOE_ENV, else the manifest's default_environment.",
)
"""`--env NAME`: parameter `environment: str | None`."""

json_option = click.option(
    "--json", "as_json", is_flag=True, is_eager=True, callback=_json, help="Print JSON, also for errors."
)
"""`--json`: parameter `as_json: bool`. A FloeError that ends the command is then printed as `{"errors": [...]}`."""

vars_option = click.option(
    "--vars",
    "variables",
    metavar="YAML",
    help="Variables of the project, as a mapping in YAML or JSON: '{region: eu, days: 30}'.",
)
"""`--vars YAML`: parameter `variables: str | None`; `floe_sdk.project.variables.parse_variables` reads it."""

literal_secrets_option = click.option(
    "--allow-literal-secrets",
    "literal_secrets",
    is_flag=True,
    help="Accept secrets that stand in the manifest, with a warning.",
)
"""`--allow-literal-secrets`: parameter `literal_secrets: bool`."""

locked_option = click.option(
    "--locked",
    is_flag=True,
    envvar="FLOE_LOCKED",
    help="Refuse plugins that are not those of plugins.lock.json, which `floe compile` wrote beside the artifact.",
)
"""`--locked`, or FLOE_LOCKED=1: parameter `locked: bool`."""

baseline_option = click.option(
    "--baseline",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Only findings that this file does not have fail; the others are known.",
)
"""`--baseline FILE`: parameter `baseline: Path | None`; `floe_sdk.governance.baseline.known_by` reads it."""
