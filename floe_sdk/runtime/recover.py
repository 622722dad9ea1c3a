"""What a killed run left, cleaned by the next one, which holds the product's lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.runtime import state
from floe_sdk.runtime.profiles import remove_private_folders
from floe_sdk.runtime.recovery import SUFFIX, clean_orphans
from floe_sdk.schemas.events import RunStatus

if TYPE_CHECKING:
    from pathlib import Path

    from floe_sdk.plugins.host import Platform
    from floe_sdk.schemas.artifacts import CompiledArtifacts


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


def _orphans(platform: Platform, environment: str, product_state: Path) -> list[str]:
    """Only for runs of this environment: in another one's catalog, files that were committed would look abandoned."""
    lines: list[str] = []
    for journal in sorted((product_state / "runs").glob(f"*{SUFFIX}")):
        entry = state.read(product_state, journal.stem)
        if entry is None or entry.environment != environment:
            continue
        try:
            catalog = platform.catalog.catalog_connect(storage=platform.storage.storage_access())
            deleted = clean_orphans(catalog, journal)
        except (FloeError, OSError) as error:
            return [*lines, f"files of the killed run {entry.run_id} could not be cleaned yet: {error}"]
        if deleted:
            lines.append(f"{len(deleted)} uncommitted files of the killed run {entry.run_id} were deleted")
    return lines
