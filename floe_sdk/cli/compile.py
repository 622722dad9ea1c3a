"""`floe compile`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from floe_sdk.cli.formats import (
    FILES,
    check_output_option,
    emit,
    emit_data,
    emit_errors,
    format_option,
    output_option,
    silenced_option,
)
from floe_sdk.cli.options import (
    baseline_option,
    env_option,
    json_option,
    literal_secrets_option,
    locked_option,
    spec_argument,
    vars_option,
)
from floe_sdk.cli.output import echo
from floe_sdk.errors import FloeError
from floe_sdk.schemas.words import counted

if TYPE_CHECKING:
    from floe_sdk.compilation.pipeline import CompileResult
    from floe_sdk.governance.baseline import Baseline
    from floe_sdk.project.resolved import ResolvedProduct
    from floe_sdk.schemas.enforcement import Enforcement
    from floe_sdk.schemas.graph import Graph

_BASELINE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@spec_argument
@env_option
@vars_option
@format_option
@output_option
@silenced_option
@baseline_option
@click.option("--write-baseline", type=_BASELINE, help="Write all findings to this file, from now on known.")
@click.option("--sql", is_flag=True, help="Put compiled SQL into the artifact, for `floe plan --against` elsewhere.")
@locked_option
@literal_secrets_option
@json_option
def command(spec: Path, environment: str | None, literal_secrets: bool, as_json: bool, **options: Any) -> None:
    """Compile a product into target/compiled_artifacts.json.

    Needs no secret and no server. Writes plugins.lock.json beside it: the plugins, and hashes of their files.
    Exit code 3 when governance is strict and says no.

    \b
    Examples:
      floe compile
      floe compile products/customer-360 --env ci --json
      floe compile --vars '{region: eu}'
      floe compile --format sarif --output floe.sarif --baseline floe-baseline.json
    """  # noqa: D301 - \b is click's mark for lines to keep
    format_, output = options["format_"], options["output"]
    if as_json and format_ not in {None, "json"}:
        raise click.UsageError("--json and --format contradict each other")
    options["format_"] = format_ = "json" if as_json else format_
    check_output_option(format_, output)
    if options["with_silenced"] and format_ != "sarif":
        raise click.UsageError("--with-silenced needs --format sarif")
    from floe_sdk.garbage import without_cyclic_gc

    with without_cyclic_gc():
        _reviewed(spec, environment, literal_secrets, options)


def _reviewed(spec: Path, environment: str | None, literal_secrets: bool, options: dict[str, Any]) -> None:
    review = _Review(options)
    try:
        _compile(spec, environment, literal_secrets, review, options)
    except FloeError as error:
        _failed(error, spec, review, options)


def _compile(
    spec: Path, environment: str | None, literal_secrets: bool, review: _Review, options: dict[str, Any]
) -> None:
    from floe_sdk.cli.telemetry import COMPILE_SHARE, CommandTelemetry
    from floe_sdk.compilation.pipeline import compile_product
    from floe_sdk.project.variables import parse_variables

    review.prepare()
    with CommandTelemetry("floe.compile", share=COMPILE_SHARE) as telemetry:
        result = compile_product(
            spec,
            env=environment,
            variables=parse_variables(options["variables"]),
            literal_secrets=literal_secrets,
            started=telemetry.compiling,
            review=review,
            locked=options["locked"],
        )
        try:
            if options["sql"]:
                from floe_sdk.compilation.compiled_sql import with_sql

                result = with_sql(result)
            if not options["locked"]:
                _write_lock(result)
            _print(result, review, options)
            result.platform.flush(_OBSERVERS_SECONDS)
        finally:
            result.platform.close()


_OBSERVERS_SECONDS = 3.0


def _write_lock(result: CompileResult) -> None:
    """Record the plugins beside the artifact: only a compile that somebody asks for trusts what is installed.

    What it trusts now, and did not before, is said.
    """
    from floe_sdk.project.files import target_dir, write_atomic
    from floe_sdk.trust.lock import LOCK_NAME, changes, lock_of, read_lock

    folder = target_dir(result.platform.context)
    lock = lock_of((plugin.record for plugin in result.platform.records), folder / LOCK_NAME)
    try:
        before = read_lock(folder)
    except FloeError:
        pass  # none yet, or a broken one: it is written anew
    else:
        if before.text() == lock.text():
            return
        for line in changes(before, lock):
            echo(f"{LOCK_NAME}: {line}", err=True)
    write_atomic(lock.path, lock.text())


class _Review:
    """What ENFORCE found, kept for the report of a compile that ends well or not; marks what the baseline knows."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._read: Path | None = options["baseline"]
        self._write: Path | None = options["write_baseline"]
        self._baseline: Baseline | None = None
        self._silenced: bool = options["with_silenced"]
        self.judged: tuple[Enforcement, Graph, ResolvedProduct] | None = None
        self.notes: list[str] = []

    def prepare(self) -> None:
        """Read the baseline, before anything slow."""
        if self._read is not None and self._write is None:
            from floe_sdk.governance.baseline import read_baseline

            self._baseline = read_baseline(self._read)

    def __call__(self, enforcement: Enforcement, graph: Graph, product: ResolvedProduct) -> Enforcement:
        if self._write is not None:
            from floe_sdk.governance.baseline import baseline_of, baseline_text
            from floe_sdk.project.files import write_atomic

            self._baseline = baseline_of(enforcement)
            write_atomic(self._write, baseline_text(self._baseline))
            self.notes.append(f"baseline {self._write}: {counted(sum(self._baseline.known.values()), 'finding')}")
        elif self._baseline is not None and (gone := self._baseline.gone(enforcement)):
            verb = "is" if gone == 1 else "are"
            self.notes.append(
                f"{counted(gone, 'finding')} of the baseline {verb} there no more: write it anew to keep them out"
            )
        if self._baseline is not None:
            enforcement = self._baseline.apply(enforcement)
        self.judged = enforcement, graph, product
        return enforcement

    def emit(self, format_: str | None, output: Path | None) -> None:
        """Print or write the report, where there is one and a format for it."""
        if self.judged is None or format_ not in {"table", *FILES}:
            return
        from floe_sdk.cli.app import sdk_version
        from floe_sdk.governance.formats.report import report_of_findings

        enforcement, graph, product = self.judged
        known = self._baseline is not None
        report = report_of_findings(enforcement, product, graph.root, version=sdk_version(), baseline=known)
        emit(report, format_, output, silenced=self._silenced)


def _failed(error: FloeError, spec: Path, review: _Review, options: dict[str, Any]) -> None:
    """Governance that says no is a report of findings; every other error is one of its own."""
    from floe_sdk.governance.report import PolicyViolationError

    format_, output = options["format_"], options["output"]
    if format_ == "json" or not isinstance(error, PolicyViolationError):
        emit_errors(error, spec, options)
        raise error
    review.emit(format_, output)
    if format_ == "table" or (format_ in FILES and output is None):  # the findings were printed
        raise FloeError(error.code, error.problem, fix=error.fix) from None
    raise error


def _print(result: CompileResult, review: _Review, options: dict[str, Any]) -> None:
    format_, output = options["format_"], options["output"]
    if format_ == "json":
        emit_data(_as_dict(result), output)
        if output is None:
            return
    review.emit(format_, output)
    for line in (*(f"warning: {warning}" for warning in result.warnings), *review.notes):
        echo(line, err=True)
    if format_ != "table":
        _print_findings(result, err=format_ in FILES and output is None)
    if format_ in {None, "table"} or output is not None:
        _print_artifact(result)


def _print_findings(result: CompileResult, *, err: bool) -> None:
    from floe_sdk.governance.report import finding_lines

    lines = list(finding_lines(result.enforcement))
    for line in lines[-1:] if err else lines:  # a document on standard output has them all
        echo(line, err=err)


def _print_artifact(result: CompileResult) -> None:
    from floe_sdk.project.document import shown_path

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
