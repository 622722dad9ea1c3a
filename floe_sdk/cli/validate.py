"""`floe validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from floe_sdk.cli.formats import (
    FILES,
    check_output_option,
    emit,
    emit_data,
    emit_errors,
    empty_report,
    format_option,
    output_option,
)
from floe_sdk.cli.options import env_option, json_option, literal_secrets_option, spec_argument, vars_option
from floe_sdk.cli.output import echo
from floe_sdk.errors import FloeError

if TYPE_CHECKING:
    from pathlib import Path

    from floe_sdk.plugins.host import Platform
    from floe_sdk.project.resolved import ResolvedProduct


@click.command()
@spec_argument
@env_option
@vars_option
@click.option(
    "--graph", is_flag=True, help="Also read the transform project's graph and check `transforms` against it."
)
@format_option
@output_option
@literal_secrets_option
@json_option
def command(
    spec: Path, environment: str | None, graph: bool, literal_secrets: bool, as_json: bool, **options: Any
) -> None:
    """Check floe.yaml, the platform's manifest and the plugins' configuration; all problems at once.

    Writes nothing, needs no secret and no server.

    \b
    Examples:
      floe validate
      floe validate products/customer-360 --env ci --json
      floe validate --graph --format github
    """  # noqa: D301 - \b is click's mark for lines to keep
    format_, output = options["format_"], options["output"]
    if as_json and format_ not in {None, "json"}:
        raise click.UsageError("--json and --format contradict each other")
    check_output_option(format_, output)
    try:
        result = _validate(spec, environment, options["variables"], graph, literal_secrets)
    except FloeError as error:
        emit_errors(error, spec, options)
        raise
    if as_json or format_ == "json":
        emit_data(result, output)
        return
    _print(result, options)


def _validate(
    spec: Path, environment: str | None, variables: str | None, graph: bool, literal_secrets: bool
) -> dict[str, Any]:
    from floe_sdk.compilation.resolve import load_platform, resolve
    from floe_sdk.project import resolve as resolve_product
    from floe_sdk.project.variables import parse_variables

    given = parse_variables(variables)
    product = resolve_product(spec, env=environment)
    warnings = list(product.warnings)
    with load_platform(product, literal_secrets=literal_secrets) as platform:
        if graph:
            warnings += resolve(product, platform, given).warnings
        else:
            _check_own_graph(product, platform)
            warnings += [warning.render() for warning in platform.warnings]
        return _as_dict(product, platform, warnings)


def _print(result: dict[str, Any], options: dict[str, Any]) -> None:
    format_, output = options["format_"], options["output"]
    if format_ in FILES:
        emit(empty_report(result["product"], result["environment"]), format_, output)
    for warning in result["warnings"]:
        echo(f"warning: {warning}", err=True)
    plugins = ", ".join(f"{each['type']}/{each['name']}" for each in result["plugins"])
    line = f"{result['product']} {result['version']} is valid for {result['environment']} ({plugins})"
    echo(line, err=format_ in FILES and output is None)


def _check_own_graph(product: ResolvedProduct, platform: Platform) -> None:
    """Without a transform project the graph is what `transforms` say, so their dependencies can be checked here."""
    from floe_sdk.compilation.resolve import PROJECT_NOT_FOUND
    from floe_sdk.errors import raise_all
    from floe_sdk.plugins.types import PluginType
    from floe_sdk.project.freshness import graph_request
    from floe_sdk.project.transforms import check_dependencies

    if platform.has(PluginType.TRANSFORM):
        try:
            request = graph_request(platform, namespace="", profile={}, versions={}, variables={})
            platform.transform.transform_fingerprint(request=request)
        except FloeError as error:
            if error.code.id != PROJECT_NOT_FOUND:
                raise
        else:
            return
    transforms = product.spec.transforms
    raise_all(check_dependencies(transforms, (each.name for each in transforms), product.locate))


def _as_dict(product: ResolvedProduct, platform: Platform, warnings: list[str]) -> dict[str, Any]:
    return {
        "product": product.spec.metadata.name,
        "version": product.spec.metadata.version,
        "environment": product.environment,
        "spec": str(product.spec_path),
        "manifest": str(product.manifest_path),
        "plugins": [
            {"type": each.type.value, "name": each.record.name, "version": each.record.version}
            for each in platform.records
        ],
        "warnings": warnings,
        "errors": [],
    }
