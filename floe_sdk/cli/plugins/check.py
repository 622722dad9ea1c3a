"""`floe plugins check`: what is missing before a plugin is published, rule by rule."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from floe_sdk.cli.options import json_option
from floe_sdk.cli.output import echo, print_json

if TYPE_CHECKING:
    from floe_sdk.authoring.checking.check import Outcome, Report
    from floe_sdk.authoring.checking.evidence import Subject
    from floe_sdk.authoring.checking.rule import Level

_LEVELS = ("bronze", "silver", "gold")
_COUNTED = {"holds": "rules hold", "not applicable": "don't apply", "broken": "broken", "not run": "not run"}


@click.command("check")
@click.argument("what", metavar="[NAME|PATH]", default=".")
@click.option("--level", type=click.Choice(_LEVELS), default="bronze", show_default=True, help="The level asked for.")
@click.option("--suite/--no-suite", default=True, help="Whether to run the contract suite.")
@click.option(
    "--tests",
    type=click.Path(exists=True, path_type=Path),
    help="A file or folder with the plugin's contract class, instead of its own tests/: an installed plugin has none.",
)
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML or JSON, as a manifest has it under `config:`: for the contract of an installed plugin without tests.",
)
@click.option(
    "--badge", is_flag=True, help="Write the level reached as floe-plugin.svg and print the line that shows it."
)
@click.option("--distribution", metavar="NAME", help="The distribution, where several provide the plugin.")
@json_option
def command(
    what: str,
    level: str,
    suite: bool,
    tests: Path | None,
    config: Path | None,
    badge: bool,
    distribution: str | None,
    as_json: bool,
) -> int:
    """Check a plugin against the rules of a level: its files and metadata, an import, its contract suite.

    NAME is an installed plugin, PATH the folder of a pyproject.toml, installed or not. The plugin is imported in
    processes of its own. Exit codes: 0 the level is reached, 1 it is not, 4 floe refuses the plugin.

    \b
    Example:
      floe plugins check . --level gold
    """  # noqa: D301 - \b is click's mark for lines to keep
    from floe_sdk.authoring.checking.check import check
    from floe_sdk.authoring.checking.rule import Level
    from floe_sdk.authoring.checking.suite import SuiteOptions

    if badge and not suite:
        raise click.UsageError("--badge is for what the suite has shown: leave --no-suite out.")
    subject, sdk = _subject(what, distribution)
    asked = Level(level)
    report = check(subject, sdk, suite=suite, options=SuiteOptions(tests, _config(config)))
    picture = _write_badge(report) if badge else None
    if as_json:
        print_json(_as_dict(report, asked, picture))
    else:
        _print(report, asked)
        if picture:
            echo(picture)
    return report.exit_code(asked)


def _subject(what: str, distribution: str | None) -> tuple[Subject, str]:
    from floe_sdk.authoring.checking.from_folder import PROJECT_FILE, from_folder
    from floe_sdk.authoring.checking.from_installed import from_installed
    from floe_sdk.cli.plugins.records import find
    from floe_sdk.plugins.discovery import discover

    records = discover().records
    sdk = next(record.version for record in records if record.own)
    path = Path(what)
    if what.startswith((".", "/", "~")) or path.is_absolute() or (path / PROJECT_FILE).is_file():
        return from_folder(path.expanduser().absolute(), records), sdk
    return from_installed(find(what, distribution), records), sdk


def _config(path: Path | None) -> dict[str, Any] | None:
    from floe_sdk.project.yaml import read_yaml

    return None if path is None else read_yaml(path).data


def _write_badge(report: Report) -> str | None:
    """Write the picture beside pyproject.toml, or here; None where no level is reached."""
    from floe_sdk.authoring.checking.badge import FILE, markdown, svg
    from floe_sdk.project.files import write_atomic

    if report.level is None:
        return None
    write_atomic((report.subject.project or Path()) / FILE, svg(report.level))
    return markdown(report.level)


def _as_dict(report: Report, asked: Level, badge: str | None) -> dict[str, Any]:
    suite = report.suite
    return {
        "distribution": report.subject.metadata.name,
        "version": report.subject.metadata.version,
        "plugins": [record.identity for record in report.subject.plugins],
        "asked": asked.value,
        "reached": report.level and report.level.value,
        "rules": [
            {
                "rule": one.rule.id,
                "level": one.rule.level.value,
                "status": one.status.value,
                "sentence": one.rule.sentence,
                "reason": one.reason,
                "findings": [vars(finding) for finding in one.findings],
                "fix": one.rule.fix if one.findings else None,
            }
            for one in report.outcomes
        ],
        "suite": suite
        and {
            "problem": suite.problem,
            "note": suite.note,
            "seconds": round(suite.seconds, 2),
            "tests": [test._asdict() for test in suite.tests],
        },
        "not_supported": report.gaps,
        "badge": badge,
        "errors": [],
    }


def _print(report: Report, asked: Level) -> None:
    metadata, plugins = report.subject.metadata, ", ".join(one.identity for one in report.subject.plugins)
    echo(f"{metadata.name} {metadata.version}: {plugins or 'no plugin'}")
    for level in type(asked):
        outcomes = [one for one in report.outcomes if one.rule.level is level]
        counts = {status: sum(one.status.value == status for one in outcomes) for status in _COUNTED}
        echo(f"\n{level.value}: " + ", ".join(f"{count} {_COUNTED[key]}" for key, count in counts.items() if count))
        for one in outcomes:
            _print_outcome(one)
    _print_suite(report)
    reached = report.level.value if report.level else "none"
    without = " (without its suite)" if any(one.reason == "left out by --no-suite" for one in report.outcomes) else ""
    echo(f"\nlevel reached: {reached}{without}; asked for: {asked.value}")


def _print_outcome(outcome: Outcome) -> None:
    if outcome.status.value == "not run":
        echo(f"  -  {outcome.rule.id}: not run: {outcome.reason}")
    for finding in outcome.findings:
        place = " ".join(filter(None, [finding.where, finding.plugin]))
        echo(f"  x  {outcome.rule.id}: {finding.problem}" + (f"  ({place})" if place else ""))
    if outcome.findings:
        echo(f"     fix: {outcome.rule.fix}")


def _print_suite(report: Report) -> None:
    suite = report.suite
    if suite and suite.tests:
        counts = {word: sum(test.outcome == word for test in suite.tests) for word in ("passed", "failed", "skipped")}
        words = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
        echo(f"\ncontract suite: {words} in {suite.seconds:.1f} s" + (f"; {suite.note}" if suite.note else ""))
    for plugin, features in report.gaps.items():
        for feature, reason in features.items():
            echo(f"  not supported: {feature}: {reason}  ({plugin})")
