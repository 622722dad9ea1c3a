"""What a killed run left, cleaned by the next one, which holds the product's lock."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.catalog import OF_ONE_TABLE, UNREADABLE
from floe_sdk.runtime.ids import new_run_id
from floe_sdk.runtime.profiles import remove_private_folders
from floe_sdk.runtime.recovery import state
from floe_sdk.runtime.recovery.file_journal import SUFFIX, FileJournal, begun_elsewhere, place_of
from floe_sdk.runtime.recovery.orphan_files import clean_orphans
from floe_sdk.runtime.tables.listing import connect
from floe_sdk.schemas.events import RunStatus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from floe_sdk.plugins.config import PluginContext
    from floe_sdk.plugins.host import Platform
    from floe_sdk.schemas.artifacts import CompiledArtifacts


_ELSEWHERE = "it ran on another catalog or storage than the manifest names now, where they may be a table's"


def recover(platform: Platform, artifacts: CompiledArtifacts, product_state: Path) -> tuple[str, ...]:
    """Clean up after every run that has no end in the journal; returns a line for people about each.

    What can't be cleaned now (the catalog is away) is left for the next run and said.
    """
    remove_private_folders(product_state)
    lines = [*_orphans(platform, artifacts.environment, product_state)]
    for entry in state.open_runs(product_state):
        state.end(product_state, entry, RunStatus.ABORTED.value)
        lines.append(f"run {entry.run_id} of {entry.started} had been killed: it is closed as aborted")
    return tuple(lines)


@contextmanager
def maintenance_journal(context: PluginContext) -> Iterator[FileJournal]:
    """The journal of one table's maintenance; hold the product's lock."""
    run_id = new_run_id()
    journal = FileJournal(_maintenance_folder(context) / f"{run_id}{SUFFIX}", run_id)
    try:
        yield journal
    finally:
        journal.close()


def clean_maintenance(platform: Platform) -> list[str]:
    """Delete what maintenance that was killed has left in this environment; returns the files. Hold the lock."""
    journals = sorted(_maintenance_folder(platform.context).glob(f"*{SUFFIX}"))
    if not journals:
        return []
    catalog = connect(platform)
    return [uri for journal in journals for uri in clean_orphans(catalog, journal)]


def _maintenance_folder(context: PluginContext) -> Path:
    return context.product_state / "maintenance" / context.environment


def _of_maintenance(platform: Platform) -> list[str]:
    try:
        deleted = clean_maintenance(platform)
    except (FloeError, OSError, *UNREADABLE) as error:
        return [f"files of maintenance that was killed could not be cleaned yet: {_told(error)}"]
    return [f"{len(deleted)} uncommitted files of maintenance that was killed were deleted"] if deleted else []


def _orphans(platform: Platform, environment: str, product_state: Path) -> list[str]:
    """Only for runs of this environment: in another one's catalog, files that were committed would look abandoned."""
    lines = _of_maintenance(platform)
    for journal in sorted((product_state / "runs").glob(f"*{SUFFIX}")):
        entry = state.read(product_state, journal.stem)
        if entry is None or entry.environment != environment:
            continue
        try:
            if begun_elsewhere(journal, place_of(platform)):
                lines.append(f"files of the killed run {entry.run_id} stay: {_ELSEWHERE}; {journal} has their names")
                continue
            catalog = connect(platform)
            deleted = clean_orphans(catalog, journal)
        except (FloeError, OSError, *UNREADABLE) as error:
            lines.append(f"files of the killed run {entry.run_id} could not be cleaned yet: {_told(error)}")
            if getattr(error, "code", None) in OF_ONE_TABLE or isinstance(error, UNREADABLE):
                continue
            return lines
        if deleted:
            lines.append(f"{len(deleted)} uncommitted files of the killed run {entry.run_id} were deleted")
    return lines


def _told(error: Exception) -> str:
    return error.problem if isinstance(error, FloeError) else f"{type(error).__name__}: {error}"
