"""Going back: a table's current snapshot becomes one that it had before, in one commit of the catalog."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.publish import COMMIT_CONFLICT
from floe_sdk.errors.rollback import CANNOT_ROLL_BACK, NO_SUCH_SNAPSHOT
from floe_sdk.runtime.changes.success import CONFIG_PROPERTY, SQL_PROPERTY, TEXT_PROPERTY
from floe_sdk.runtime.recovery.lock import product_lock
from floe_sdk.runtime.recovery.stale import INCOMPLETE_PROPERTY
from floe_sdk.runtime.tables.history import ROLLBACKS_PROPERTY, Rollback, find_table, history_of, rollbacks_of
from floe_sdk.schemas.fields import nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyiceberg.table import Table
    from pyiceberg.table.update import TableRequirement, TableUpdate

    from floe_sdk.plugins.host import Platform
    from floe_sdk.runtime.tables.history import SnapshotInfo, TableHistory

_DESCRIBING = (SQL_PROPERTY, CONFIG_PROPERTY, TEXT_PROPERTY, INCOMPLETE_PROPERTY)
_FEWEST = 6
"""So many first signs of a run's id stand for it, where they are those of one run."""

_KEPT = 10
_LISTED = 8


@dataclass(frozen=True)
class RollbackPlan:
    """What a rollback does: readers see `target` in the place of `current`."""

    name: str
    current: SnapshotInfo
    target: SnapshotInfo

    @property
    def changes(self) -> bool:
        """False where the table is there already."""
        return self.current.snapshot_id != self.target.snapshot_id


def roll_back(platform: Platform, name: str, to: str, *, agreed: Callable[[RollbackPlan], bool]) -> RollbackPlan:
    """Have a table go to the snapshot `to`, or to the one that the run `to` left, whose id may be cut; holds the
    product's lock.

    `agreed` is shown what would happen; nothing does unless it says so. The table's columns become those of the
    snapshot, what floe says in its properties of how they were made is what it said then, and a property tells of the
    rollback. Snapshots stay: one can come back. Raises FloeError when there
    is no such snapshot, when files of it are gone, and when somebody changes the table meanwhile.
    """
    with product_lock(platform.context.product_state):
        table = find_table(platform, name)
        plan = _plan(history_of(table), to)
        if plan.changes:
            _check_files(table, plan)
            if agreed(plan):
                _commit(table, plan)
        return plan


def _plan(history: TableHistory, to: str) -> RollbackPlan:
    begun = {each.run_id for each in history.snapshots if each.run_id and each.run_id.startswith(to)}
    run = begun.pop() if len(begun) == 1 and len(to) >= _FEWEST else to
    target = next((each for each in history.snapshots if str(each.snapshot_id) == to or each.run_id == run), None)
    if target is not None and history.current is not None:
        return RollbackPlan(history.name, history.current, target)
    known = {str(each.snapshot_id): each for each in history.snapshots}
    runs = [each.run_id for each in history.snapshots if each.run_id]
    guess = " or ".join(sorted(begun)[:2]) if len(begun) > 1 else nearest(to, [*known, *runs])
    newest = [f"{key} ({each.committed_at:%Y-%m-%d %H:%M:%S}, {each.rows} rows)" for key, each in known.items()]
    more = f" and {len(newest) - _LISTED} more" if len(newest) > _LISTED else ""
    fix = f"did you mean {guess}? " if guess else ""
    fix += f"Its snapshots: {', '.join(newest[:_LISTED])}{more}" if newest else "nothing was ever published to it"
    raise FloeError(
        NO_SUCH_SNAPSHOT, f"{history.name} has no snapshot {to!r}, and none that a run {to!r} made", fix=fix
    )


def _check_files(table: Table, plan: RollbackPlan) -> None:
    """Say now what readers would meet afterwards."""
    from concurrent.futures import ThreadPoolExecutor

    try:
        paths = [task.file.file_path for task in table.scan(snapshot_id=plan.target.snapshot_id).plan_files()]
        with ThreadPoolExecutor(8) as pool:
            there = pool.map(lambda path: table.io.new_input(path).exists(), paths)
        gone = [path for path, found in zip(paths, there, strict=True) if not found]
    except OSError as error:
        gone = [str(error)]
    if gone:
        more = f" and {len(gone) - 1} more files" if len(gone) > 1 else ""
        problem = f"{plan.name}: of the snapshot {plan.target.snapshot_id} is gone: {gone[0]}{more}"
        raise FloeError(CANNOT_ROLL_BACK, problem, fix=CANNOT_ROLL_BACK.remedy)


def _commit(table: Table, plan: RollbackPlan) -> None:
    from pyiceberg.exceptions import CommitFailedException, ValidationError

    requirements, updates = _updates(table, plan)
    try:
        table.catalog.commit_table(table, requirements, updates)
    except CommitFailedException as error:
        problem = f"{plan.name}: another run or writer changed the table meanwhile ({error})"
        raise FloeError(COMMIT_CONFLICT, problem, fix="look at the history again: `floe tables --history`") from error
    except (ValidationError, ValueError) as error:
        raise FloeError(CANNOT_ROLL_BACK, f"{plan.name}: {error}", fix=CANNOT_ROLL_BACK.remedy) from error


def _updates(table: Table, plan: RollbackPlan) -> tuple[tuple[TableRequirement, ...], tuple[TableUpdate, ...]]:
    """One commit: the reference, the columns as they were, and the note; only if the table is as it was looked at."""
    from pyiceberg.table.refs import MAIN_BRANCH, SnapshotRefType
    from pyiceberg.table.update import (
        AssertRefSnapshotId,
        AssertTableUUID,
        RemovePropertiesUpdate,
        SetCurrentSchemaUpdate,
        SetPropertiesUpdate,
        SetSnapshotRefUpdate,
    )

    source, target = plan.current.snapshot_id, plan.target.snapshot_id
    note = Rollback(datetime.now(timezone.utc).isoformat(timespec="seconds"), source, target)
    said = _said_then(table, target)
    notes = json.dumps([asdict(each) for each in (*rollbacks_of(table), note)][-_KEPT:])
    updates: list[TableUpdate] = [
        SetSnapshotRefUpdate(
            ref_name=MAIN_BRANCH,
            type=SnapshotRefType.BRANCH,
            snapshot_id=target,
            max_ref_age_ms=None,
            max_snapshot_age_ms=None,
            min_snapshots_to_keep=None,
        ),
        SetPropertiesUpdate(updates={ROLLBACKS_PROPERTY: notes, **said}),
    ]
    if gone := [key for key in _DESCRIBING if key in table.properties and key not in said]:
        updates.append(RemovePropertiesUpdate(removals=gone))
    snapshot = table.snapshot_by_id(target)
    schema_id = snapshot.schema_id if snapshot else None
    if schema_id is not None and schema_id != table.metadata.current_schema_id:
        updates.append(SetCurrentSchemaUpdate(schema_id=schema_id))
    requirements = (
        AssertTableUUID(uuid=table.metadata.table_uuid),
        AssertRefSnapshotId(ref=MAIN_BRANCH, snapshot_id=source),
    )
    return requirements, tuple(updates)


def _said_then(table: Table, snapshot_id: int) -> dict[str, str]:
    """What the table's properties said of its rows while the snapshot was current; nothing where that is forgotten.

    The metadata files that the table remembers tell; the newest that has the snapshot as its current one.
    """
    for entry in reversed(table.metadata.metadata_log):
        try:
            with table.io.new_input(entry.metadata_file).open() as stream:
                document = json.loads(stream.read())
        except (OSError, ValueError):
            continue  # deleted by somebody, or cut off: an older one may tell
        if document.get("current-snapshot-id") == snapshot_id:
            properties = document.get("properties") or {}
            return {key: properties[key] for key in _DESCRIBING if key in properties}
    return {}
