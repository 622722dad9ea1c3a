"""Maintaining tables: old snapshots expire, files that nothing refers to are deleted, small files become large ones;
rows stay as they are.

Plan first, then apply; a plan changes nothing. Only tables of the product are touched, and only those whose current
snapshot floe has published: of what another writer does here, nobody knows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.catalog import UNREADABLE, metadata_damaged
from floe_sdk.errors.governance import RETENTION_SHORTENED
from floe_sdk.errors.publish import COMMIT_CONFLICT
from floe_sdk.errors.storage import STORAGE_BUSY, STORAGE_CREDENTIALS, STORAGE_UNREACHABLE
from floe_sdk.runtime.recovery.faults import fault
from floe_sdk.runtime.recovery.recover import maintenance_journal
from floe_sdk.runtime.tables.compaction import Compaction, small_files
from floe_sdk.runtime.tables.files import is_outside, key_of, metadata_files, referenced, size_of, stored
from floe_sdk.runtime.tables.listing import belongs, connect
from floe_sdk.runtime.tables.snapshots import summary_of
from floe_sdk.schemas.session import ENVIRONMENT_PROPERTY, PRODUCT_PROPERTY, RUN_ID_PROPERTY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table
    from pyiceberg.table.metadata import TableMetadata
    from pyiceberg.table.snapshots import Snapshot
    from pyiceberg.table.update import TableRequirement

    from floe_sdk.plugins.host import Platform
    from floe_sdk.runtime.tables.compaction import Group
    from floe_sdk.runtime.tables.files import StoredFile
    from floe_sdk.schemas.governance import ResolvedGovernance

SAFE_AGE = timedelta(days=3)
"""Files that no snapshot refers to may belong to a commit that is under way, unless they are older than this."""

_MAIN = "main"
_BEGIN = 4096
"""Bytes of a metadata file that hold the table's identity, as PyIceberg and Iceberg's Java library write it."""

_AWAY = (STORAGE_UNREACHABLE, STORAGE_CREDENTIALS, STORAGE_BUSY)
"""Of the storage as a whole: nothing can be said of any table."""


@dataclass(frozen=True)
class Keep:
    """Which snapshots stay: those of the last `days`, and in any case the last `last`; without both, all of them."""

    days: int | None = None
    last: int | None = None

    @classmethod
    def of(cls, governance: ResolvedGovernance, older_than: int | None = None) -> Keep:
        """What governance asks for; the caller may keep longer (`older_than` days), never shorter (FLOE-G004)."""
        days = governance.data_retention_days
        if older_than is not None and days is not None and older_than < days:
            problem = f"--older-than {older_than} is less than governance.data_retention_days, {days}"
            raise FloeError(RETENTION_SHORTENED, problem, fix=RETENTION_SHORTENED.remedy)
        return cls(days if older_than is None else older_than, governance.snapshot_keep_last)


@dataclass(frozen=True)
class TablePlan:
    """What is to be done with one table; `left_alone` says why nothing is. `files` maps URIs to bytes."""

    namespace: str
    table: str
    expired: tuple[int, ...] = ()
    kept: int = 0
    unreferenced: dict[str, int] = field(default_factory=dict)
    orphans: dict[str, int] = field(default_factory=dict)
    left_alone: str | None = None
    note: str | None = None
    compacted: tuple[Group, ...] = ()
    metadata_location: str = field(default="", repr=False)
    """The table as it was looked at: a plan holds for no other."""

    @property
    def files(self) -> dict[str, int]:
        """All files that go."""
        return {**self.unreferenced, **self.orphans}

    @property
    def small(self) -> dict[str, int]:
        """The small files that become one of each group; they go with the snapshots that need them."""
        return {uri: size for group in self.compacted for uri, size in group.files.items()}

    @property
    def bytes(self) -> int:
        """How many bytes the files that go free."""
        return sum(self.files.values())


def plan(
    platform: Platform,
    keep: Keep,
    *,
    compact: bool = True,
    now: datetime | None = None,
    safe_age: timedelta = SAFE_AGE,
) -> Plans:
    """Look at every table of the product; changes nothing."""
    storage = platform.storage.storage_access()
    catalog = connect(platform)
    return Plans(catalog, platform, storage.root, keep, now or datetime.now(timezone.utc), safe_age, compact=compact)


class Plans:
    """The plans of a product's tables, and their execution. Hold the product's lock to apply them."""

    def __init__(
        self,
        catalog: Catalog,
        platform: Platform,
        root: str,
        keep: Keep,
        now: datetime,
        safe_age: timedelta,
        *,
        compact: bool,
    ) -> None:
        self._catalog = catalog
        self._root = root
        self._compact = compact
        self._keep = keep
        self._now = now
        self._safe_age = safe_age
        self._context = platform.context
        tables, self._unreadable = _all_tables(catalog)
        self._locations = {".".join(table.name()): table.location() for table in tables}
        own = platform.catalog.catalog_namespace()
        plans = [plan for table in tables if (plan := self._plan(table)) is not None]
        damaged = [
            TablePlan(*name, left_alone=f"{_without(error.problem, name)} [{error.code.id}]; {error.fix}")
            for name, error in self._unreadable.items()
            if belongs(name[0], own)
        ]
        self.tables = tuple(sorted((*plans, *damaged), key=lambda each: (each.namespace, each.table)))

    def apply(self, plan: TablePlan) -> TablePlan:
        """Do what is planned for one table; returns what was done.

        Raises FloeError, and deletes nothing, where another writer changed the table meanwhile.
        """
        if plan.left_alone or not (plan.expired or plan.orphans or plan.compacted):
            return plan
        table = self._catalog.load_table((plan.namespace, plan.table))
        if table.metadata_location != plan.metadata_location:
            raise _changed(table, "a commit came in between")
        before = _live(table)
        if plan.expired:
            self._expire(table, plan.expired)
            fault("after-commit", ".".join(table.name()))
            table = self._catalog.load_table((plan.namespace, plan.table))
        needed = {key_of(uri) for uri in referenced(table, table.snapshots()) | metadata_files(table)}
        if _live(table) != before or any(key_of(uri) in needed for uri in plan.files):
            raise _changed(table, "nothing was deleted")
        for uri in plan.files:
            _delete(table, uri)
        return self._compacted(plan) if plan.compacted else plan

    def _compacted(self, plan: TablePlan) -> TablePlan:
        with maintenance_journal(self._context) as journal:
            done = Compaction(self._catalog, (plan.namespace, plan.table), journal).run(plan.compacted)
        if len(done) == len(plan.compacted):
            return plan
        note = "another run or writer changed the table meanwhile: not every small file could be compacted"
        return replace(plan, compacted=done, note=note)

    def _expire(self, table: Table, snapshots: Sequence[int]) -> None:
        """One commit that fails where any branch or tag has moved since the table was read."""
        from pyiceberg.exceptions import CommitFailedException
        from pyiceberg.table.update import AssertRefSnapshotId, AssertTableUUID, RemoveSnapshotsUpdate

        refs = table.metadata.refs
        requirements: tuple[TableRequirement, ...] = (
            AssertTableUUID(uuid=table.metadata.table_uuid),
            *(AssertRefSnapshotId(ref=name, snapshot_id=ref.snapshot_id) for name, ref in refs.items()),
        )
        try:
            self._catalog.commit_table(table, requirements, (RemoveSnapshotsUpdate(snapshot_ids=list(snapshots)),))
        except (CommitFailedException, ValueError) as error:
            raise _changed(table, str(error)) from error

    def _plan(self, table: Table) -> TablePlan | None:
        """None for a table of another product."""
        name = tuple(table.name())
        namespace, short = ".".join(name[:-1]), name[-1]
        properties = table.properties
        if properties.get(PRODUCT_PROPERTY) != self._context.product:
            return None
        if properties.get(ENVIRONMENT_PROPERTY, self._context.environment) != self._context.environment:
            return None
        if reason := self._not_ours_to_clean(table):
            return TablePlan(namespace, short, left_alone=reason)
        try:
            return self._plan_own(table, namespace, short)
        except FileNotFoundError as error:
            reason = f"a file of its metadata is gone: {error.filename or error.strerror or error}"
        except UNREADABLE as error:
            reason = metadata_damaged(f"{namespace}.{short}", error, table.metadata_location).problem
        return TablePlan(namespace, short, left_alone=reason)

    def _not_ours_to_clean(self, table: Table) -> str | None:
        """Why somebody else may need the table's files, if so."""
        current = table.current_snapshot()
        if current is None or not _by_floe(current):
            return "its current snapshot is another writer's"
        if table.properties.get("gc.enabled", "true").lower() == "false":
            return "its property gc.enabled is false, which says that others may need its files"
        if is_outside(table.location(), self._root):
            return (
                f"its files are in {table.location()}, outside this platform's storage {self._root}: "
                "the catalog may be a copy, and the original needs them"
            )
        return None

    def _plan_own(self, table: Table, namespace: str, short: str) -> TablePlan:
        expired = expired_snapshots(table.metadata, self._keep, self._now)
        staying = [each for each in table.snapshots() if each.snapshot_id not in expired]
        needed = referenced(table, staying)
        gone = referenced(table, [each for each in table.snapshots() if each.snapshot_id in expired]) - needed
        files = self._files(table)
        unreferenced = {uri: files[key].size for uri in sorted(gone) if (key := key_of(uri)) in files}
        unreferenced |= {uri: size_of(table.io, uri) for uri in sorted(gone - unreferenced.keys())}
        orphans, note = self._orphans(table, files, needed | metadata_files(table), gone)
        groups, reason = small_files(table) if self._compact else ((), None)
        note = "; ".join(each for each in (note, reason) if each) or None
        return TablePlan(
            namespace,
            short,
            tuple(sorted(expired)),
            len(staying),
            unreferenced,
            orphans,
            None,
            note,
            groups,
            table.metadata_location,
        )

    def _files(self, table: Table) -> dict[str, StoredFile]:
        """What storage lists below the table's location, by key."""
        own = ".".join(table.name())
        nested = [place for name, place in self._locations.items() if name != own]
        return {each.key: each for each in stored(table.io, table.location(), nested)}

    def _orphans(
        self, table: Table, files: Mapping[str, StoredFile], needed: set[str], going: set[str]
    ) -> tuple[dict[str, int], str | None]:
        if self._unreadable:
            name = ".".join(next(iter(self._unreadable)))
            return {}, f"orphan files stay: {name} can't be read, and its files may lie here"
        live = {key_of(uri) for uri in _live(table)}
        below = f"{key_of(table.location()).rstrip('/')}/"
        if missing := sorted(key for key in live - files.keys() if key.startswith(below)):
            return {}, f"orphan files stay: storage does not list {missing[0]}, which the table needs"
        spared = {key_of(uri) for uri in needed | going}
        if other := _of_another_table(table, [each for key, each in sorted(files.items()) if key not in spared]):
            return {}, f"orphan files stay: another table has its files here, too, or had them ({other})"
        oldest = self._now - self._safe_age
        orphans = [each for key, each in sorted(files.items()) if key not in spared and each.modified < oldest]
        return {each.uri: each.size for each in orphans}, None


def expired_snapshots(metadata: TableMetadata, keep: Keep, now: datetime) -> set[int]:
    """The snapshots that need not be kept; pure.

    Kept are heads of branches and tags, all that other branches than main are made of, the last `keep.last` of main's
    history and of all (at least one), and what is younger than `keep.days`.
    """
    if keep.days is None and keep.last is None:
        return set()
    by_id = {each.snapshot_id: each for each in metadata.snapshots}
    kept = {ref.snapshot_id for ref in metadata.refs.values()}
    for name, ref in metadata.refs.items():
        if name != _MAIN:
            kept.update(_history(by_id, ref.snapshot_id))
    last = max(keep.last or 1, 1)
    if metadata.current_snapshot_id is not None:
        kept.update(list(_history(by_id, metadata.current_snapshot_id))[:last])
    newest = sorted(by_id.values(), key=lambda each: (each.timestamp_ms, each.sequence_number or 0), reverse=True)
    kept.update(each.snapshot_id for each in newest[:last])
    if keep.days is not None:
        oldest = (now - timedelta(days=keep.days)).timestamp() * 1000
        kept.update(each.snapshot_id for each in newest if each.timestamp_ms >= oldest)
    return by_id.keys() - kept


def _history(by_id: dict[int, Snapshot], snapshot_id: int | None) -> Iterator[int]:
    while snapshot_id is not None and snapshot_id in by_id:
        yield snapshot_id
        snapshot_id = by_id[snapshot_id].parent_snapshot_id


def _changed(table: Table, reason: str) -> FloeError:
    problem = f"{'.'.join(table.name())}: another run or writer changed the table meanwhile ({reason})"
    return FloeError(COMMIT_CONFLICT, problem, fix=COMMIT_CONFLICT.remedy)


def _live(table: Table) -> Collection[str]:
    """The data and delete files that make the table's rows."""
    tasks = list(table.scan().plan_files())
    return {task.file.file_path for task in tasks} | {each.file_path for task in tasks for each in task.delete_files}


def _of_another_table(table: Table, files: Sequence[StoredFile]) -> str | None:
    """The metadata file of a table with another identity: one that another catalog lists, or that was dropped."""
    own = f'"table-uuid":"{table.metadata.table_uuid}"'.encode()
    for each in files:
        if each.uri.endswith(".metadata.json"):
            try:
                with table.io.new_input(each.uri).open() as stream:
                    begin = stream.read(_BEGIN)
                    if own in begin.replace(b" ", b""):  # a long history makes many of them, of megabytes each
                        continue
                    document = json.loads(begin + stream.read())
            except (OSError, ValueError):
                continue  # gone, or cut
            if isinstance(document, dict) and document.get("table-uuid") not in (None, str(table.metadata.table_uuid)):
                return each.uri
    return None


def _without(problem: str, name: tuple[str, str]) -> str:
    return problem.removeprefix(f"{'.'.join(name)}: ")


def _by_floe(snapshot: Snapshot) -> bool:
    return RUN_ID_PROPERTY in summary_of(snapshot)


def _all_tables(catalog: Catalog) -> tuple[list[Table], dict[tuple[str, str], FloeError]]:
    """Every table of the catalog, by name, and why some can't be read."""
    from pyiceberg.exceptions import NoSuchTableError

    tables: list[Table] = []
    unreadable: dict[tuple[str, str], FloeError] = {}
    for namespace in sorted(catalog.list_namespaces()):
        for identifier in sorted(catalog.list_tables(namespace)):
            try:
                tables.append(catalog.load_table(identifier))
            except NoSuchTableError:
                continue  # dropped in between
            except FloeError as error:
                if error.code in _AWAY:
                    raise
                unreadable[".".join(identifier[:-1]), identifier[-1]] = error
    return tables, unreadable


def _delete(table: Table, uri: str) -> None:
    try:
        table.io.delete(uri)
    except FileNotFoundError:
        return
