"""Tables whose data files somebody deleted behind the catalog: refused, or registered again without them.

`governance.stale_table_recovery_mode` decides. A table that is replaced as a whole needs neither. Files of object
storage are asked for one by one where they are few, and listed where they are many.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.catalog import DATA_FILE_MISSING
from floe_sdk.errors.publish import COMMIT_CONFLICT
from floe_sdk.runtime.publishing.overwriting import overwrite
from floe_sdk.runtime.recovery.orphan_metadata import list_files
from floe_sdk.runtime.storage.durable import local_path
from floe_sdk.runtime.storage.uploads import is_s3
from floe_sdk.schemas.graph import Materialization
from floe_sdk.schemas.session import RUN_ID_PROPERTY, TableVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyiceberg.catalog import Catalog
    from pyiceberg.io import FileIO
    from pyiceberg.manifest import DataFile

    from floe_sdk.runtime.recovery.file_journal import FileJournal
    from floe_sdk.schemas.artifacts import CompiledArtifacts

_FEW = 16
INCOMPLETE_PROPERTY = "floe.incomplete"
"""A table's property from its repair until it is built anew: what it lacks and since when."""


class StaleTables:
    """The check of one run; usable from several threads. `warnings` are for people, with the run's end.

    Only tables that this product publishes are repaired: those of others are refused in either mode.
    """

    def __init__(self, artifacts: CompiledArtifacts, run_id: str, *, full_refresh: bool = False) -> None:
        nodes = [node for node in artifacts.transforms.nodes if node.published]
        self.warnings: list[str] = []
        self._run_id = run_id
        self._repairs = artifacts.governance.stale_table_recovery_mode == "repair"
        self._own = {(node.namespace, node.table) for node in nodes}
        anew = {Materialization.TABLE, Materialization.SEED, *([Materialization.INCREMENTAL] if full_refresh else [])}
        self._anew = {node.id for node in nodes if node.materialization in anew}
        self._repaired: dict[int, TableVersion] = {}
        self._lock = threading.RLock()

    def checked(
        self, name: tuple[str, str], version: TableVersion, catalog: Catalog, journal: FileJournal
    ) -> TableVersion:
        """The version, or that of the repaired table; FLOE-K007 names a file that is gone."""
        with self._lock:
            snapshot = version.table.current_snapshot()
            number = snapshot.snapshot_id if snapshot else 0
            if number in self._repaired:
                return self._repaired[number]
            gone = missing_files(version.files, version.table.io)
            if gone and not (self._repairs and name in self._own):
                raise _missing(name, gone)
            if gone:
                self._repaired[number] = version = self._repair(name, gone, catalog, journal)
            elif lacks := version.table.metadata.properties.get(INCOMPLETE_PROPERTY):
                self._warn(f"{'.'.join(name)} lacks rows: {lacks}", name)
            return version

    def replaced(self, name: tuple[str, str], files: Sequence[DataFile]) -> None:
        """A table of these files is about to be replaced as a whole, whatever became of them."""
        gone = missing_files(files)
        if gone:
            self.warnings.append(f"{'.'.join(name)}: {_told(gone)}; this run replaces the table")

    def builds_anew(self, node_id: str) -> bool:
        """Whether the node's commit holds all that the table is to have, so that nothing is lacking afterwards."""
        return node_id in self._anew

    def _repair(
        self, name: tuple[str, str], gone: Sequence[DataFile], catalog: Catalog, journal: FileJournal
    ) -> TableVersion:
        from pyiceberg.exceptions import CommitFailedException

        told = f"{_told(gone)} (seen {datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC by run {self._run_id})"
        table = catalog.load_table(name)
        try:
            with table.transaction() as transaction:
                transaction.set_properties({INCOMPLETE_PROPERTY: told})
                update = transaction.update_snapshot(
                    snapshot_properties={RUN_ID_PROPERTY: self._run_id, INCOMPLETE_PROPERTY: told}
                )
                with overwrite(update) as snapshot:
                    commit = str(snapshot.commit_uuid)
                    number = snapshot._snapshot_id  # noqa: SLF001 - it names the files
                    journal.committing(commit, number, table.location(), *name)
                    for file in gone:
                        snapshot.delete_data_file(file)
        except CommitFailedException as error:
            problem = f"{'.'.join(name)}: another run or writer changed the table while it was repaired ({error})"
            raise FloeError(COMMIT_CONFLICT, problem, fix="run again") from error
        journal.settled([commit])
        self._warn(f"{'.'.join(name)} was registered again without what is lost: {_told(gone)}", name)
        return TableVersion(catalog.load_table(name))

    def _warn(self, text: str, name: tuple[str, str]) -> None:
        line = f"{text}; to build it anew: floe run --full-refresh --select {name[1]}"
        if line not in self.warnings:
            self.warnings.append(line)


@dataclass(frozen=True)
class CheckedVersion(TableVersion):
    """A version whose files are checked when they are first asked for; a repaired table then takes its place."""

    check: Callable[[TableVersion], TableVersion] = field(default=lambda version: version, repr=False)

    @cached_property
    def files(self) -> tuple[DataFile, ...]:
        """As of `TableVersion`; FLOE-K007 names one that is gone, where that is not repaired."""
        checked = self.check(TableVersion(self.table, self.known_files))
        object.__setattr__(self, "table", checked.table)
        return checked.files


def missing_files(files: Sequence[DataFile], io: FileIO | None = None) -> list[DataFile]:
    """Those that are not there; of object storage only with the FileIO that reaches it, since that costs requests."""
    gone = {file.file_path for file in files if (path := local_path(file.file_path)) is not None and not path.exists()}
    stored = [file.file_path for file in files if is_s3(file.file_path)]
    if io is not None and stored:
        gone |= _missing_objects(io, stored)
    return [file for file in files if file.file_path in gone]


def _missing_objects(io: FileIO, uris: Sequence[str]) -> set[str]:
    if len(uris) > _FEW:
        folders = {uri.rpartition("/")[0] for uri in uris}
        listed = {f"{folder}/{name}" for folder in folders for name in list_files(io, folder)}
        return set(uris) - listed
    with ThreadPoolExecutor(_FEW) as threads:
        there = threads.map(lambda uri: io.new_input(uri).exists(), uris)
        return {uri for uri, exists in zip(uris, there, strict=True) if not exists}


def _missing(name: tuple[str, str], gone: Sequence[DataFile]) -> FloeError:
    fix = (
        f"restore it, or build the table again: floe run --full-refresh --select {name[1]}; with "
        "`stale_table_recovery_mode: repair` a run goes on with the rows that are left"
    )
    return FloeError(DATA_FILE_MISSING, f"{'.'.join(name)}: {_told(gone)}", fix=fix)


def _told(gone: Sequence[DataFile]) -> str:
    more = f" and {len(gone) - 1} more are" if len(gone) > 1 else " is"
    rows = sum(file.record_count for file in gone)
    return f"its data file {gone[0].file_path.removeprefix('file://')}{more} gone, and with it {rows} rows"
