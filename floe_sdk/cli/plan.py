"""`floe plan`."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from floe_sdk.cli.options import (
    baseline_option,
    env_option,
    json_option,
    literal_secrets_option,
    spec_argument,
    vars_option,
)
from floe_sdk.cli.output import echo, print_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from floe_sdk.runtime.plan.model import ColumnChange, NodeChange, Plan
    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.enforcement import Finding

CHANGES = 10
BREAKING = 11


@click.command()
@spec_argument
@env_option
@vars_option
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Compare with this compiled_artifacts.json (that of main, say) instead of what has run last.",
)
@click.option("--all", "everything", is_flag=True, help="List every node; else those that changed, and 20 a reason.")
@click.option(
    "--exit-code", is_flag=True, help="Exit with 10 where there are changes, with 11 where some break readers."
)
@baseline_option
@literal_secrets_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    spec: Path,
    environment: str | None,
    variables: str | None,
    against: Path | None,
    baseline: Path | None,
    literal_secrets: bool,
    as_json: bool,
    **options: bool,
) -> None:
    """Show what a run would do and why, and what it breaks for whoever reads the tables; runs nothing.

    \b
    Examples:
      floe plan
      floe plan --exit-code --json
      floe plan products/customer-360 --against main/compiled_artifacts.json
    """  # noqa: D301 - \b is click's mark for lines to keep
    from floe_sdk.compilation.pipeline import compile_product
    from floe_sdk.governance.baseline import known_by
    from floe_sdk.project.variables import parse_variables
    from floe_sdk.runtime.plan.build import build_plan
    from floe_sdk.schemas.artifact_file import read_artifact

    other = read_artifact(against) if against else None
    given = parse_variables(variables)
    result = compile_product(
        spec,
        env=environment,
        variables=given,
        literal_secrets=literal_secrets,
        write=False,
        review=known_by(baseline),
    )
    if other is not None:
        _check(other, result.artifacts, against)
    with result.platform as platform:
        plan = build_plan(result.artifacts, platform, other, str(against))
    if as_json:
        print_json(_as_dict(plan))
    else:
        for line in plan_lines(plan, everything=options["everything"]):
            echo(line)
    if options["exit_code"] and plan.changed:
        ctx.exit(BREAKING if plan.breaking else CHANGES)


def _check(other: CompiledArtifacts, own: CompiledArtifacts, against: Path | None) -> None:
    """Refuse what belongs to another product; say so where it was compiled for another environment."""
    from floe_sdk.errors import FloeError
    from floe_sdk.errors.compilation import ANOTHER_PRODUCT

    theirs, ours = other.metadata.product, own.metadata.product
    if theirs != ours:
        problem = f"the artifact is of the product {theirs}, this is {ours}"
        raise FloeError(
            ANOTHER_PRODUCT, problem, where=str(against), fix="compile this product's main branch: floe compile"
        )
    if other.environment != own.environment:
        echo(
            f"warning: {against} was compiled for {other.environment}, this plan is for {own.environment}: what "
            f"differs between the two counts as changed; --env {other.environment} compares like with like",
            err=True,
        )


def plan_lines(plan: Plan, *, everything: bool = True) -> Iterator[str]:
    """The plan for people: each node with its reason and its differences, what breaks, then one line for the whole.

    What follows from something else comes last; without `everything`, many of one reason are cut short.
    """
    yield f"plan for {plan.product} in {plan.environment}, against {plan.against}"
    last = [node for node in plan.nodes if node.action in _LAST]
    yield from _listed([node for node in plan.nodes if node.action not in _LAST], everything=everything)
    yield from _listed(last, everything=everything)
    for table in plan.removed:
        why = f"its node makes {table.now} now" if table.now else "no node makes it"
        yield f"- removed        table {table.table}: {why}; it stays in the catalog until it is dropped"
        if table.readers:
            yield f"    read by {', '.join(table.readers)}"
    if plan.unknown:
        yield ""
        own = {node.name for node in plan.nodes}
        for name, why in plan.unknown.items():
            if name in own:
                yield f"unknown: the table of {name}: {why}; it and what reads it count as changed"
            else:
                yield f"unknown: source {name}: {why}; what reads it counts as changed"
    yield from _breaking_lines(plan)
    if plan.findings:
        yield ""
        for finding in plan.findings:
            place = f" ({finding.path})" if finding.path else ""
            yield f"governance: {finding.level.value} {finding.rule}: {_about(finding)}{place}: {finding.message}"
    if plan.notes:
        yield ""
        yield from (f"note: {note}" for note in plan.notes)
    yield ""
    yield _total(plan)


def _listed(nodes: Sequence[NodeChange], *, everything: bool) -> Iterator[str]:
    shown = Counter[str]()
    for node in nodes:
        shown[node.action.value] += 1
        if everything or node.action.value == "changed" or shown[node.action.value] <= _LISTED:
            yield from _node_lines(node)
    for action, number in shown.items():
        if number > _LISTED and not everything and action != "changed":
            yield f"{_MARKS.get(action, '>')} {action:<14} {number - _LISTED} more; --all lists them"


_LISTED = 20
_LAST = ("downstream", "not seen here")
_MARKS = {"added": "+", "changed": "~", "not seen here": " "}


def _node_lines(node: NodeChange) -> Iterator[str]:
    because = f" <- {', '.join(node.because)}" if node.because else ""
    what = f" ({', '.join(_what(node))})" if _what(node) else ""
    yield f"{_MARKS.get(node.action.value, '>')} {node.action.value:<14} {node.kind} {node.name}{because}{what}"
    for line in node.sql:
        yield f"    {line}"
    for key, before, after in node.config:
        yield f"    {key}: {_value(before)} -> {_value(after)}"
    for column in node.columns:
        if not column.breaking:
            yield f"    column {_column(column)}"
    yield from (f"    {note}" for note in node.notes)


def _what(node: NodeChange) -> list[str]:
    differs = [word for word, there in (("SQL", node.sql), ("configuration", node.config)) if there]
    return [*differs, node.undiffed] if node.undiffed else differs


def _breaking_lines(plan: Plan) -> Iterator[str]:
    broken = [(node, column) for node in plan.nodes for column in node.columns if column.breaking]
    if broken:
        yield ""
    for node, column in broken:
        readers = (
            f"read by {', '.join(column.readers)}" if column.readers else "nothing that the catalog knows of reads it"
        )
        yield f"breaking: {node.table or node.name}: column {_column(column)}; {readers}"


def _column(column: ColumnChange) -> str:
    if column.change == "renamed":
        return f"{column.column} is renamed to {column.after}"
    if column.change in ("added", "removed"):
        return f"{column.column} ({column.after or column.before}) is {column.change}"
    return f"{column.column} is {column.change} from {column.before} to {column.after}"


def _total(plan: Plan) -> str:
    from floe_sdk.schemas.words import counted

    if not plan.nodes and not plan.removed and not plan.findings:
        tests = f"; {counted(len(plan.tests), 'test')} to run" if plan.tests else ""
        return f"nothing has changed: {counted(plan.current, 'node')} left out{tests}"
    counts: dict[str, int] = {}
    for node in plan.nodes:
        counts[node.action.value] = counts.get(node.action.value, 0) + 1
    parts = [f"{number} {action}" for action, number in counts.items()]
    parts += [f"{len(plan.removed)} removed"] if plan.removed else []
    parts += [f"{plan.current} current", f"{counted(len(plan.tests), 'test')} to run"]
    return ", ".join(parts) + ("; breaking" if plan.breaking else "")


def _about(finding: Finding) -> str:
    return f"{finding.subject}, column {finding.column}" if finding.column else finding.subject


def _value(value: Any) -> str:
    return "(none)" if value is None else json.dumps(value, ensure_ascii=False)


def _as_dict(plan: Plan) -> dict[str, Any]:
    nodes = []
    for node in plan.nodes:
        data = dataclasses.asdict(node)
        data["action"] = node.action.value
        data["config"] = {key: {"before": before, "after": after} for key, before, after in node.config}
        nodes.append(data)
    return {
        "product": plan.product,
        "environment": plan.environment,
        "against": plan.against,
        "changed": plan.changed,
        "breaking": plan.breaking,
        "nodes": nodes,
        "removed": [dataclasses.asdict(table) for table in plan.removed],
        "findings": [finding.model_dump(mode="json") for finding in plan.findings],
        "unknown": plan.unknown,
        "tests": list(plan.tests),
        "current": plan.current,
        "notes": list(plan.notes),
    }
