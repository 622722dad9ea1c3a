"""All runs that are known, and one of them by the beginning of its id."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.run import NO_SUCH_RUN
from floe_sdk.runtime.runs.store import read_record, run_ids, summaries
from floe_sdk.schemas.fields import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from floe_sdk.runtime.runs.record import RunRecord, RunSummary

LAST = "last"
_LISTED = 5


def list_runs(
    state: Path,
    elsewhere: Mapping[str, RunRecord],
    *,
    environment: str | None = None,
    status: str | None = None,
    limit: int | None = None,
) -> list[RunSummary]:
    """The runs that this machine or the catalog knows, the newest first; no more records are read than asked for."""
    here = set(run_ids(state))
    others = [each.summary for run_id, each in sorted(elsewhere.items(), reverse=True) if run_id not in here]
    runs = _merged(summaries(state), others)
    wanted = (run for run in runs if environment in (None, run.environment) and status in (None, run.status))
    return list(islice(wanted, limit))


def find_run(
    state: Path, wanted: str, elsewhere: Callable[[], Mapping[str, RunRecord]], environment: str | None = None
) -> RunRecord:
    """The run whose id begins like `wanted`, or the `last` one (of an environment).

    The catalog is only asked where this machine does not know it. Raises FloeError with what may be meant.
    """
    here = run_ids(state)
    if wanted == LAST:
        return _last(state, here, elsewhere, environment)
    found = _beginning(here, wanted)
    if len(found) == 1 and (record := read_record(state, found[0])):
        return record
    others = elsewhere()
    found = _beginning(sorted({*here, *others}, reverse=True), wanted)
    if len(found) == 1:
        return others[found[0]]
    raise _unknown(wanted, found, [*here, *others])


def _last(
    state: Path, here: list[str], elsewhere: Callable[[], Mapping[str, RunRecord]], environment: str | None
) -> RunRecord:
    for run_id in here:
        record = read_record(state, run_id)
        if record and environment in (None, record.summary.environment):
            return record
    others = elsewhere()
    if others:
        return others[max(others)]
    raise FloeError(NO_SUCH_RUN, "there is no run yet", fix="`floe run` makes one")


def _beginning(run_ids: Iterable[str], wanted: str) -> list[str]:
    start = wanted.lower()
    return [each for each in run_ids if each == start] or [each for each in run_ids if each.startswith(start)]


def _unknown(wanted: str, found: list[str], known: list[str]) -> FloeError:
    if found:
        more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
        problem = f"{len(found)} runs begin with {wanted!r}: {', '.join(found[:_LISTED])}{more}"
        return FloeError(NO_SUCH_RUN, problem, fix="give more of the id")
    guess = nearest(wanted.lower(), [*known, LAST]) or _most_alike(wanted.lower(), known)
    fix = f"did you mean {guess}?" if guess else "`floe runs` lists them"
    return FloeError(NO_SUCH_RUN, f"no run is known whose id begins with {wanted!r}", fix=fix)


def _most_alike(wanted: str, known: Iterable[str]) -> str | None:
    """Of a beginning that was mistyped: the run whose own beginning is nearest."""
    begins = {each[: len(wanted)]: each for each in sorted(known)}
    guess = nearest(wanted, begins)
    return begins[guess] if guess else None


def _merged(here: Iterable[RunSummary], others: list[RunSummary]) -> Iterable[RunSummary]:
    """Both are sorted, the newest first."""
    import heapq

    return heapq.merge(here, others, key=lambda run: run.run_id, reverse=True)
