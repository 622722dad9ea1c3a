"""`floe package`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from floe_sdk.cli.options import env_option, json_option, locked_option, spec_argument
from floe_sdk.cli.output import echo, print_json, size_text

if TYPE_CHECKING:
    from packaging.requirements import Requirement

    from floe_sdk.packaging.package import Package


def _requirements(_ctx: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> list[Requirement]:
    from packaging.requirements import InvalidRequirement, Requirement

    found = []
    for value in values:
        try:
            found.append(Requirement(value))
        except InvalidRequirement:
            raise click.BadParameter(f"{value!r} is no name of a distribution, such as dagster-k8s") from None
        if found[-1].specifier or found[-1].url:
            raise click.BadParameter(f"{value!r}: the version is the one that is installed; name it alone")
    return found


@click.command()
@spec_argument
@env_option
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The tarball; default: target/PRODUCT-VERSION-ENV.tar. Compressed where it ends in .gz or .tgz.",
)
@click.option(
    "--include",
    multiple=True,
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="Put this file or folder of the product in, too: data that sources read.",
)
@click.option(
    "--with",
    "extra",
    multiple=True,
    metavar="NAME",
    callback=_requirements,
    help="Lock this installed distribution, too, and what it needs: dagster-k8s.",
)
@click.option("--bundle", multiple=True, metavar="NAME", help="Put this distribution in as a wheel: no index has it.")
@click.option(
    "--lock",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Take hashes from this requirements file, and ask no index.",
)
@locked_option
@json_option
def command(
    spec: Path, environment: str | None, output: Path | None, locked: bool, as_json: bool, **options: Any
) -> None:
    """Put a compiled product and all that it needs into one tarball: a reproducible build context.

    It holds the artifact, the project's files, requirements.lock with hashes of what is installed here, the wheels
    that no index has, a Dockerfile and an entry point; no secret, and no data but what --include names. Equal inputs
    give equal bytes. Needs `floe compile` before, and uv or --lock for the hashes.

    \b
    Examples:
      floe package
      floe package products/customer-360 --env prod --output customer-360.tar
      floe package --include raw --lock requirements.lock --json
    """  # noqa: D301 - \b is click's mark for lines to keep
    from floe_sdk.packaging.package import package_product
    from floe_sdk.packaging.requirements import Options

    chosen = Options(options["extra"], options["bundle"], options["lock"])
    package = package_product(
        spec, env=environment, output=output, include=options["include"], options=chosen, locked=locked
    )
    if as_json:
        print_json(_as_dict(package))
    else:
        _print(package)


def _print(package: Package) -> None:
    from floe_sdk.project.document import shown_path
    from floe_sdk.schemas.words import counted

    metadata = package.artifacts.metadata
    bundled = f", {len(package.wheels)} of them as wheels" if package.wheels else ""
    echo(
        f"packaged {metadata.product} {metadata.product_version} for {package.artifacts.environment}: "
        f"{counted(package.files, 'file')} of the product, {counted(package.distributions, 'distribution')}{bundled}"
    )
    echo(f"package {shown_path(package.path)}  {size_text(package.path.stat().st_size)}")
    echo(f"sha256 {package.sha256}")
    for warning in package.warnings:
        echo(f"warning: {warning}", err=True)
    if package.left_out:
        echo(f"not in the package, read by sources: {', '.join(package.left_out)}", err=True)
        echo("  mount them in their places where it runs, or put them in with --include", err=True)


def _as_dict(package: Package) -> dict[str, Any]:
    metadata = package.artifacts.metadata
    return {
        "product": metadata.product,
        "version": metadata.product_version,
        "environment": package.artifacts.environment,
        "package": str(package.path),
        "sha256": package.sha256,
        "bytes": package.path.stat().st_size,
        "content_hash": metadata.content_hash,
        "files": package.files,
        "distributions": package.distributions,
        "wheels": list(package.wheels),
        "left_out": list(package.left_out),
        "warnings": list(package.warnings),
    }
