"""`--artifact PATH`: a command on what was compiled before, which reads no YAML."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    from floe_sdk.plugins.host import Platform, Vet
    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.trust.locked import Vetting

artifact_option = click.option(
    "--artifact",
    type=click.Path(path_type=Path),
    help="Take this compiled_artifacts.json as it is; reads no YAML. SPEC then names the product's folder.",
)
"""`--artifact PATH`: parameter `artifact: Path | None`; `open_artifact` reads it."""


def open_artifact(
    artifact: Path,
    ctx: click.Context,
    environment: str | None,
    variables: Mapping[str, Any] | None = None,
    *,
    vet: Vet | None = None,
) -> tuple[CompiledArtifacts, Path, Platform]:
    """The artifact, the product's folder and the platform. Refuses another `--env`, or other `--vars`, than it was
    compiled with. `vet` sees each plugin before it is imported.

    The folder is that of SPEC where the command line has one, else the one that holds the artifact's.
    """
    from floe_sdk.observability.logs import configure_logging
    from floe_sdk.plugins.host import Platform
    from floe_sdk.project.locations import context_for
    from floe_sdk.schemas.artifact_file import read_artifact

    artifacts = read_artifact(artifact)
    configure_logging(artifacts.observability.logging)
    if environment is not None and environment != artifacts.environment:
        raise click.UsageError(
            f"the artifact was compiled for {artifacts.environment!r}; compile it for {environment!r} first: "
            f"floe compile --env {environment}"
        )
    if variables is not None and variables != artifacts.variables:
        raise click.UsageError("the artifact was compiled with other --vars; compile it with these first")
    file = artifact.resolve()
    target = file if file.is_dir() else file.parent
    named = ctx.get_parameter_source("spec") is click.core.ParameterSource.COMMANDLINE
    root = ctx.params["spec"].parent if named else target.parent
    return artifacts, root, Platform.from_artifact(artifacts, context_for(artifacts, root), vet=vet)


def locked_beside(artifact: Path) -> Vetting:
    """The lock of plugins beside an artifact, held against what is installed; says what could not be compared."""
    from floe_sdk.cli.output import echo
    from floe_sdk.plugins.discovery import discover
    from floe_sdk.trust.locked import Vetting

    vetting = Vetting(artifact if artifact.is_dir() else artifact.parent, discover().records)
    for warning in vetting.warnings:
        echo(f"warning: {warning}", err=True)
    return vetting
