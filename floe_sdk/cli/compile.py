"""`floe compile`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from floe_sdk.cli.options import env_option, json_option, literal_secrets_option, spec_argument
from floe_sdk.cli.output import echo, print_json

if TYPE_CHECKING:
    from pathlib import Path

    from floe_sdk.compilation.pipeline import CompileResult


@click.command()
@spec_argument
@env_option
@literal_secrets_option
@json_option
def command(spec: Path, environment: str | None, literal_secrets: bool, as_json: bool) -> None:
    """Compile a product into target/compiled_artifacts.json.

    Needs no secret and no server. Exit code 3 when governance is strict and says no.

    \b
    Examples:
      floe compile
      floe compile products/customer-360 --env ci --json
    """  # noqa: D301 - \b is click's mark for lines to keep
    from floe_sdk.cli.telemetry import started, telemetry_ended
    from floe_sdk.compilation.pipeline import compile_product

    try:
        result = compile_product(spec, env=environment, literal_secrets=literal_secrets, started=started)
        try:
            _print(result, as_json=as_json)
            result.platform.flush(_OBSERVERS_SECONDS)
        finally:
            result.platform.close()
    finally:
        telemetry_ended()


_OBSERVERS_SECONDS = 3.0


def _print(result: CompileResult, *, as_json: bool) -> None:
    if as_json:
        print_json(_as_dict(result))
        return
    from floe_sdk.governance.report import finding_lines
    from floe_sdk.project.document import shown_path

    for warning in result.warnings:
        echo(f"warning: {warning}", err=True)
    for line in finding_lines(result.enforcement):
        echo(line)
    metadata, graph = result.artifacts.metadata, result.artifacts.transforms
    tables = sum(1 for node in graph.nodes if node.published)
    known = ", graph from the cache" if result.cached else ""
    echo(
        f"compiled {metadata.product} {metadata.product_version} for {result.artifacts.environment}: "
        f"{len(graph.nodes)} nodes, {tables} tables in {result.artifacts.namespace}{known}"
    )
    if result.path is not None:
        echo(f"artifact {shown_path(result.path)}")


def _as_dict(result: CompileResult) -> dict[str, Any]:
    artifacts = result.artifacts
    return {
        "product": artifacts.metadata.product,
        "environment": artifacts.environment,
        "namespace": artifacts.namespace,
        "artifact": str(result.path),
        "content_hash": artifacts.metadata.content_hash,
        "project_hash": artifacts.metadata.project_hash,
        "nodes": len(artifacts.transforms.nodes),
        "cached": result.cached,
        "enforcement": artifacts.enforcement.model_dump(mode="json"),
        "warnings": list(result.warnings),
    }
