"""`--format` and `--output`: what a command found, for CI servers and other tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from floe_sdk.cli.output import echo, print_table, redacted

if TYPE_CHECKING:
    from floe_sdk.errors import FloeError
    from floe_sdk.governance.formats.report import Report

FORMATS = ("table", "json", "sarif", "junit", "github")
FILES = ("sarif", "junit", "github")
"""The formats that come from a `Report`, and that a document for others is made of."""


def _format(ctx: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value == "json":
        ctx.ensure_object(dict)["json"] = True
    return value


format_option = click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    callback=_format,
    help="How to print what was found: json is --json; sarif, junit and github are for CI.",
)
"""`--format NAME`: parameter `format_: str | None`; None is the command's own text."""

output_option = click.option(
    "--output",
    "-o",
    "output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the sarif, junit, github or json document to this file, and print as usual.",
)
"""`--output FILE`: parameter `output: Path | None`."""

silenced_option = click.option(
    "--with-silenced",
    is_flag=True,
    help="Keep waived and known findings in sarif, as suppressed; GitHub would show them as open.",
)
"""`--with-silenced`: parameter `with_silenced: bool`."""


def check_output_option(format_: str | None, output: Path | None) -> None:
    """Refuse --output for what is made for people."""
    if output is not None and format_ not in {"json", *FILES}:
        raise click.UsageError("--output needs --format json, sarif, junit or github")


def emit(report: Report, format_: str | None, output: Path | None, *, silenced: bool = False) -> None:
    """Print the report as a table or a document, or write the document to `output`, whole or not at all."""
    if format_ == "table":
        print_findings(report)
    elif format_ in FILES:
        deliver(document(report, format_, silenced=silenced), output)


def deliver(text: str, output: Path | None) -> None:
    """Print a document, or write it to a file."""
    if output is None:
        click.echo(redacted(text), nl=False)
        return
    from floe_sdk.project.files import write_atomic

    write_atomic(output, redacted(text))


def emit_data(data: Any, output: Path | None) -> None:
    """Print data as JSON, or write it to a file."""
    deliver(json.dumps(data, indent=2, ensure_ascii=False, default=str) + "\n", output)


def empty_report(product: str, environment: str) -> Report:
    """That of a command that found nothing."""
    from floe_sdk.cli.app import sdk_version
    from floe_sdk.governance.formats.report import Report

    return Report(product, environment, sdk_version(), (), ())


def document(report: Report, format_: str, *, silenced: bool = False) -> str:
    """The report's text in one of `FILES`; `silenced`: SARIF has also what is waived or known."""
    if format_ == "sarif":
        from floe_sdk.governance.formats.sarif import sarif

        return sarif(report, silenced=silenced)
    if format_ == "junit":
        from floe_sdk.governance.formats.junit import junit

        return junit(report)
    from floe_sdk.governance.formats.github import github

    return github(report)


def print_findings(report: Report) -> None:
    """Every finding as a row, also waived and known ones."""
    if not report.items:
        echo("no findings")
        return
    rows = []
    for item in report.items:
        state = "waived" if item.waived is not None else "known" if item.known else item.level.value
        place = f"{item.file}:{item.line}" if item.file else None
        rows.append((state, item.rule, item.subject, place, item.message))
    print_table(("LEVEL", "RULE", "SUBJECT", "FILE", "MESSAGE"), rows)


def emit_errors(error: FloeError, spec: Path, options: dict[str, Any]) -> None:
    """Documents for CI tell errors, too: an annotation at the line of floe.yaml that is wrong."""
    format_, output = options["format_"], options["output"]
    if format_ == "json" and output is not None:
        emit_data({"errors": [each.as_dict() for each in error.errors]}, output)
    if format_ in FILES:
        from floe_sdk.cli.app import sdk_version
        from floe_sdk.governance.formats.report import report_of_errors

        emit(report_of_errors(error, spec, version=sdk_version()), format_, output)
