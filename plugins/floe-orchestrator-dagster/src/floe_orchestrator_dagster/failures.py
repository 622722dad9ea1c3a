"""Why a run did not succeed, in floe's words and dbt's, as Dagster shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dagster import Failure, MetadataValue

from floe_orchestrator_dagster.results import sql_block

if TYPE_CHECKING:
    from collections.abc import Sequence

    from floe_orchestrator_dagster.results import Event

_FILES_ARE_WRONG = 2
"""Exit codes from here on say that trying again changes nothing."""


def failed(run_id: str, problems: Sequence[tuple[str, Event]], skipped: Sequence[str], message: str) -> Failure:
    """Nodes failed, each with its name; `message` is what is said of the run."""
    names = [name for name, _ in problems]
    lines = [f"floe run {run_id} failed: {', '.join(names) or message}"]
    lines += [f"{name}: {_first_line(event)}" for name, event in problems]
    if skipped:
        lines.append(f"skipped: {', '.join(skipped)}")
    return Failure(
        "\n".join(lines),
        metadata={
            "floe/run_id": run_id,
            "floe/failed_nodes": names,
            "floe/skipped_nodes": list(skipped),
            **{name: MetadataValue.md(_told(event)) for name, event in problems},
        },
    )


def refused(errors: list[dict[str, Any]], code: int) -> Failure:
    """The command did not begin, or its engine refused: floe's own words."""
    lines = []
    for error in errors:
        where = f"{error['where']}: " if error.get("where") else ""
        lines.append(f"{where}error[{error['code']}]: {error['problem']}")
        if error.get("fix"):
            lines.append(f"  fix: {error['fix']}")
    return Failure(
        "\n".join(lines),
        metadata={"floe/code": errors[0]["code"], "floe/fix": errors[0].get("fix") or ""},
        allow_retries=code < _FILES_ARE_WRONG,
    )


def died(command: str, code: int, tail: list[str]) -> Failure:
    """`floe COMMAND` has ended without a word; `tail` are its last lines on standard error."""
    how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
    said = "\n".join(tail)
    return Failure(f"floe {command} {how} before it could say why" + (f":\n{said}" if said else ""))


def _first_line(event: Event) -> str:
    return str(event.get("message") or event["status"]).splitlines()[0]


def _told(event: Event) -> str:
    sql = sql_block(event)
    return f"```\n{event.get('message') or event['status']}\n```" + (f"\n\n{sql}" if sql else "")
