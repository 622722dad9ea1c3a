"""Compaction: many small files of a table become few, in one snapshot that holds the same rows."""

from __future__ import annotations

import random
import time
import uuid
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from floe_sdk.errors import FloeError
from floe_sdk.errors.publish import STORAGE_FAILED
from floe_sdk.runtime.recovery.faults import fault
from floe_sdk.runtime.recovery.orphan_files import delete_files
from floe_sdk.runtime.storage.errors import is_elsewhere, storage_error
from floe_sdk.runtime.tables.rewriting import MERGED_AT_ONCE, can_merge, rewrite
from floe_sdk.runtime.tables.snapshots import rows_id, summary_of
from floe_sdk.schemas.session import (
    FINGERPRINT_PROPERTY,
    INPUTS_PROPERTY,
    NODE_ID_PROPERTY,
    RUN_ID_PROPERTY,
    SAME_ROWS_PROPERTY,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyiceberg.catalog import Catalog
    from pyiceberg.manifest import DataFile
    from pyiceberg.table import FileScanTask, Table

    from floe_sdk.runtime.recovery.file_journal import FileJournal

TARGET_PROPERTY = "write.target-file-size-bytes"
TARGET_BYTES = 512 * 1024 * 1024
"""How large files are to be, where the table's property does not say; Iceberg's own default."""

SMALL = 0.75
"""A file below this part of the target is small."""

FEWEST = 5
"""Fewer small files of a partition are left as they are, unless they fill a whole one."""

ATTEMPTS = 8
_KEPT = (NODE_ID_PROPERTY, FINGERPRINT_PROPERTY, INPUTS_PROPERTY)


@dataclass(frozen=True)
class Group:
    """Small files of one partition that become one file."""

    tasks: tuple[FileScanTask, ...]

    @property
    def files(self) -> dict[str, int]:
        """Their URIs and bytes."""
        return {task.file.file_path: task.file.file_size_in_bytes for task in self.tasks}


def small_files(table: Table) -> tuple[tuple[Group, ...], str | None]:
    """What is worth compacting now, and what people should know of files that are left alone.

    Files of an older partitioning or sort order, and those of which rows were deleted beside them, stay as they are.
    """
    target = int(table.properties.get(TARGET_PROPERTY, TARGET_BYTES))
    sorted_by = table.metadata.default_sort_order_id
    is_sorted = bool(table.metadata.sort_order().fields)
    if is_sorted and not can_merge(table):
        return (), "its small files stay: floe can't sort by a transform or a nested column"
    small = [
        task
        for task in table.scan().plan_files()
        if task.file.file_size_in_bytes < SMALL * target
        and task.file.spec_id == table.metadata.default_spec_id
        and not task.delete_files
        and (not is_sorted or task.file.sort_order_id == sorted_by)
    ]
    fields = range(len(table.spec().fields))

    def partition(task: FileScanTask) -> str:
        return repr([task.file.partition[number] for number in fields])

    small.sort(key=lambda task: (partition(task), task.file.file_path))
    width = MERGED_AT_ONCE if is_sorted else len(small)
    groups = [group for _, each in groupby(small, key=partition) for group in _packed(list(each), target, width)]
    return tuple(groups), None


def _packed(tasks: Sequence[FileScanTask], target: int, width: int) -> Iterator[Group]:
    """Groups of at most `target` bytes and `width` files, the smallest files first."""
    packed: list[list[FileScanTask]] = []
    room = 0
    for task in sorted(tasks, key=lambda task: task.file.file_size_in_bytes):
        if not packed or task.file.file_size_in_bytes > room or len(packed[-1]) == width:
            packed.append([])
            room = target
        packed[-1].append(task)
        room -= task.file.file_size_in_bytes
    for each in packed:
        if len(each) >= FEWEST or (len(each) > 1 and _bytes(each) >= SMALL * target):
            yield Group(tuple(each))


def _bytes(tasks: Sequence[FileScanTask]) -> int:
    return sum(task.file.file_size_in_bytes for task in tasks)


class Compaction:
    """The compaction of one table; `journal` names its files, for who cleans up when this process dies."""

    def __init__(self, catalog: Catalog, name: tuple[str, str], journal: FileJournal) -> None:
        self._catalog = catalog
        self._name = name
        self._journal = journal
        self._written: dict[str, tuple[Group, DataFile]] = {}
        self._commit_id = ""

    def run(self, groups: Sequence[Group]) -> tuple[Group, ...]:
        """Rewrite the groups and commit them as one snapshot; returns those of which that is true now.

        A commit that lost a race is tried again without the groups of which a file is gone: rows that another writer
        has added, changed or removed meanwhile are as that writer has left them.
        """
        table = self._catalog.load_table(self._name)
        try:
            for group in _live(table, groups):
                self._rewrite(table, group)
            return self._commit(table)
        except OSError as error:
            if is_elsewhere(table.location()):
                raise storage_error(error, f"compact {'.'.join(self._name)} in", table.location()) from error
            problem = f"{'.'.join(self._name)}, in {table.location()}: {error.strerror or error}"
            raise FloeError(STORAGE_FAILED, problem, fix=STORAGE_FAILED.remedy) from error

    def _rewrite(self, table: Table, group: Group) -> None:
        uri = f"{table.location()}/data/{uuid.uuid4()}.parquet"
        self._journal.begun(uri, *self._name)
        try:
            self._written[uri] = group, rewrite(table, group.tasks, uri)
        except BaseException:
            self._delete([uri, *self._written])
            raise
        fault("during-copy", ".".join(self._name))

    def _commit(self, table: Table) -> tuple[Group, ...]:
        from pyiceberg.exceptions import CommitFailedException, ValidationException

        layout = _layout(table)
        for attempt in range(ATTEMPTS):
            self._forget_dead(table, layout)
            if not self._written:
                return ()
            try:
                return self._commit_once(table)
            except (CommitFailedException, ValidationException):
                self._journal.settled([self._commit_id])  # PyIceberg has deleted what it wrote
                time.sleep(random.uniform(0.01, 0.2) * 2**attempt)  # noqa: S311 - no secret
            table = self._catalog.load_table(self._name)
        self._delete(list(self._written))
        return ()

    def _commit_once(self, table: Table) -> tuple[Group, ...]:
        from floe_sdk.runtime.tables.replacing import replace_files

        name = ".".join(self._name)
        said = summary_of(table.current_snapshot())
        same = rows_id(table.metadata, table.current_snapshot())
        properties = {key: said[key] for key in _KEPT if key in said}
        properties |= {RUN_ID_PROPERTY: self._journal.run_id, SAME_ROWS_PROPERTY: str(same)}
        old = [task.file for group, _ in self._written.values() for task in group.tasks]
        new = [file for _, file in self._written.values()]

        def begun(snapshot: Any) -> None:
            number = snapshot.snapshot_id
            self._commit_id = str(snapshot.commit_uuid)
            self._journal.committing(self._commit_id, number, table.location(), *self._name)

        replace_files(table, old, new, properties, begun)
        fault("after-commit", name)
        done = tuple(group for group, _ in self._written.values())
        self._journal.settled([*self._written, self._commit_id])
        self._written = {}
        return done

    def _forget_dead(self, table: Table, layout: object) -> None:
        """Leave out what another writer's commit has overtaken."""
        groups = [group for group, _ in self._written.values()]
        ours = RUN_ID_PROPERTY in summary_of(table.current_snapshot()) and _layout(table) == layout
        live = _live(table, groups) if ours else ()
        self._delete([uri for uri, (group, _) in self._written.items() if group not in live])

    def _delete(self, uris: Sequence[str]) -> None:
        self._journal.settled(delete_files(self._catalog, uris))
        self._written = {uri: each for uri, each in self._written.items() if uri not in uris}


def _live(table: Table, groups: Sequence[Group]) -> Sequence[Group]:
    """The groups whose files are all part of the table, without rows that were deleted beside them."""
    live = {task.file.file_path for task in table.scan().plan_files() if not task.delete_files}
    return [group for group in groups if live.issuperset(group.files)]


def _layout(table: Table) -> object:
    """What new files were written for: other columns, partitions or another order make them wrong."""
    metadata = table.metadata
    return metadata.current_schema_id, metadata.default_spec_id, metadata.default_sort_order_id
