"""One publication: files that a compute wrote become one Iceberg snapshot, through PyIceberg, whole or not at all."""

from __future__ import annotations

import random
import uuid
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from floe_sdk.errors import FloeError
from floe_sdk.errors.publish import COMMIT_CONFLICT, ROWS_DIFFER, SCHEMA_CHANGE, STORAGE_FAILED
from floe_sdk.observability import create_span
from floe_sdk.observability.attributes import database
from floe_sdk.observability.spans import within
from floe_sdk.runtime.publishing.evolution import comment, evolve, rename, same_columns
from floe_sdk.runtime.publishing.layout import (
    check_partition_columns,
    clear_layout,
    lay_out_again,
    new_table,
    place,
    without_partitions,
)
from floe_sdk.runtime.publishing.locations import table_location
from floe_sdk.runtime.publishing.overwriting import overwrite
from floe_sdk.runtime.publishing.ports import mark
from floe_sdk.runtime.publishing.renewing import ended, renew
from floe_sdk.runtime.recovery.faults import fault
from floe_sdk.runtime.recovery.orphan_files import delete_files
from floe_sdk.runtime.recovery.refused import delete_refused
from floe_sdk.runtime.recovery.stale import INCOMPLETE_PROPERTY
from floe_sdk.runtime.storage.durable import local_path, make_folder, sync_files
from floe_sdk.runtime.storage.errors import is_elsewhere, storage_error
from floe_sdk.runtime.tables.snapshots import rows_id, summary_of
from floe_sdk.schemas.events import PublishedTable
from floe_sdk.schemas.layout import TableLayout, renames
from floe_sdk.schemas.session import NODE_ID_PROPERTY, RUN_ID_PROPERTY, TableVersion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyiceberg.io import FileIO
    from pyiceberg.manifest import DataFile
    from pyiceberg.schema import Schema
    from pyiceberg.table import Table, Transaction
    from pyiceberg.table.metadata import TableMetadata

    from floe_sdk.runtime.publishing.publisher import CatalogPublisher


def _append_retries() -> dict[str, str]:
    """How often an append that lost a race is tried again, for ten minutes at most: on a busy machine one attempt takes
    seconds. Who waits begins with a time of its own: losers of one race that all waited as long would meet again.
    """
    return {
        "commit.retry.num-retries": "40",
        "commit.retry.min-wait-ms": str(random.randint(10, 60)),  # noqa: S311 - no secret
        "commit.retry.max-wait-ms": str(random.randint(500, 1500)),  # noqa: S311
        "commit.retry.total-timeout-ms": "600000",
    }


class TablePublication:
    """The `Publication` of one table."""

    def __init__(
        self, publisher: CatalogPublisher, namespace: str, table: str, node_id: str, current: TableVersion | None
    ) -> None:
        self.current = current
        self._publisher = publisher
        self._name = (namespace, table)
        self._node_id = node_id
        self._transaction: Transaction | None = None
        self._removed: Sequence[DataFile] = ()
        self._replaces = False
        self._renamed: dict[str, str] = {}
        self._files: list[str] = []
        self._partitions: dict[str, tuple[Any, ...]] = {}
        self._commit_id: str | None = None
        self._snapshot: Any = None
        self._in_doubt = False  # between a commit that was sent and its answer the files may belong to the table

    def prepare(
        self, schema: Schema, removed: Sequence[DataFile] | None = None, layout: TableLayout | None = None
    ) -> Schema:
        layout = layout or TableLayout()
        self._replaces = removed is None or self._is_all(removed)
        with within(self._node_id), self._errors():
            if self.current is None:
                self._transaction = self._create(schema, layout)
            else:
                self._removed = self._all_files() if removed is None else removed
                _ = self._replaces or self.current.files  # what stays must be there
                self._transaction = self._open(self.current.table)
                self._forget_what_was_lacking(self._transaction)
                self._renamed = renames(layout, [each.name for each in self.current.table.schema().fields])
                rename(self._transaction, self._renamed, replace=self._replaces)
                if not same_columns(self._transaction.table_metadata.schema(), schema):
                    check_partition_columns(self.current, schema, self._renamed)
                    if self._replaces:
                        clear_layout(self._transaction)
                    evolve(self._transaction, schema, replace=self._replaces)
                comment(self._transaction, schema)
                lay_out_again(self._transaction, layout)
        return self._transaction.table_metadata.schema()

    @property
    def io(self) -> FileIO:
        with self._errors():
            renew(self._prepared, self._publisher.catalog)
        return self._prepared._table.io  # noqa: SLF001 - a new table has no other

    def new_file(self, partition: tuple[Any, ...] = ()) -> str:
        location = self._prepared.table_metadata.location
        uri = f"{location}/data/{uuid.uuid4()}.parquet"
        if (path := local_path(uri)) is not None:
            with self._errors():
                make_folder(path.parent)
        self._publisher.journal.begun(uri, *self._name)
        self._files.append(uri)
        self._partitions[uri] = partition
        return uri

    def commit(self, rows: int, properties: Mapping[str, str] | None = None) -> TableVersion:
        attributes = database("iceberg", *self._name, "commit")
        with within(self._node_id), create_span("publish", node_id=self._node_id, **attributes) as span:
            version = self._commit(rows, properties)
            done = self._publisher.published[self._node_id]
            span.set_attributes({name: getattr(done, name) for name in ("operation", "rows", "bytes", "files")})
            return version

    def _commit(self, rows: int, properties: Mapping[str, str] | None) -> TableVersion:
        transaction = self._prepared
        fault("after-file", self._node_id)
        with self._errors():
            renew(transaction, self._publisher.catalog)
            written = self._data_files(rows)
            unchanged = self.current is not None and not (self._replaces or written or self._removed or self._renamed)
            if self.current is not None and unchanged:
                self.abandon()
                return self._finish(self.current, written, "none")
            of_snapshot, of_table = self._publisher.properties(self._node_id)
            ids = {RUN_ID_PROPERTY: self._publisher.run_id, NODE_ID_PROPERTY: self._node_id}
            summary = {**ids, **of_snapshot, **(properties or {})}
            if of_table:
                transaction.set_properties(dict(of_table))
            if marks := self._publisher.marks.get(self._node_id):
                mark(transaction, marks)
            update = transaction.update_snapshot(snapshot_properties=summary)
            with overwrite(update) if self._removed else update.fast_append() as snapshot:
                self._note_commit(snapshot)
                for file in self._removed:
                    snapshot.delete_data_file(file)
                for file in written:
                    snapshot.append_data_file(file)
            committed = [file.file_path for file in written]
            fault("before-commit", self._node_id)
            self._in_doubt = True
            table = transaction.commit_transaction()
            fault("after-commit", self._node_id)
            self._files = [uri for uri in self._files if uri not in committed]  # the table's, whatever fails now
            self._in_doubt = False
        version = TableVersion(self._copy(table, table.metadata), self._files_after(table.metadata, written))
        self._settle(committed)
        self._settle_commit()
        self.abandon()  # an empty file is not part of the table
        operation = "overwrite" if self._removed or self._replaces else "append"
        return self._finish(version, written, "create" if self.current is None else operation)

    def abandon(self) -> None:
        if not self._in_doubt:
            io = self._transaction._table.io if self._transaction else None  # noqa: SLF001 - as `io`
            self._settle(delete_files(self._publisher.catalog, self._files, io))

    def _files_after(self, metadata: TableMetadata, written: Sequence[DataFile]) -> tuple[DataFile, ...] | None:
        """The files of the new snapshot, where they are known without reading its manifests."""
        if self.current is None or self._replaces:
            return tuple(written)
        before, after = self.current.table.current_snapshot(), metadata.current_snapshot()
        if before is not None and after is not None and after.parent_snapshot_id != before.snapshot_id:
            return None  # an append that came after somebody else's
        gone = {file.file_path for file in self._removed}
        return (*(file for file in self.current.files if file.file_path not in gone), *written)

    def _all_files(self) -> Sequence[DataFile]:
        """The files of the table that is replaced, whether they are there or not."""
        current = self.current
        if current is None:
            return ()
        files = TableVersion(current.table, current.known_files).files
        if self._publisher.stale:
            self._publisher.stale.replaced(self._name, files)
        return files

    def _forget_what_was_lacking(self, transaction: Transaction) -> None:
        stale, lacking = self._publisher.stale, INCOMPLETE_PROPERTY in transaction.table_metadata.properties
        if stale and lacking and self._replaces and stale.builds_anew(self._node_id):
            transaction.remove_properties(INCOMPLETE_PROPERTY)

    def _note_commit(self, snapshot: Any) -> None:
        """Put into the journal which metadata files are about to be written."""
        self._snapshot = snapshot
        self._commit_id = str(snapshot.commit_uuid)
        location = self._prepared.table_metadata.location
        number = snapshot._snapshot_id  # noqa: SLF001 - it stays when the commit is tried again, and names the files
        self._publisher.journal.committing(self._commit_id, number, location, *self._name)

    def _settle_commit(self) -> None:
        if self._commit_id is not None:
            self._settle([self._commit_id])

    @property
    def _location(self) -> str:
        if self.current is not None:
            return self.current.table.location()
        return table_location(self._publisher.storage.root, *self._name)

    @property
    def _prepared(self) -> Transaction:
        if self._transaction is None:
            message = "prepare() comes before new_file() and commit()"
            raise RuntimeError(message)
        return self._transaction

    def _is_all(self, removed: Sequence[DataFile]) -> bool:
        gone = {file.file_path for file in removed}
        return bool(gone) and self.current is not None and gone == {file.file_path for file in self.current.files}

    def _create(self, schema: Schema, layout: TableLayout) -> Transaction:
        self._publisher.make_namespace(self._name[0])
        return self._publisher.catalog.create_table_transaction(
            self._name, schema, location=self._location, **new_table(layout, schema)
        )

    def _open(self, table: Table) -> Transaction:
        """A transaction with a table of its own, which it changes in place.

        PyIceberg's own retries are right for an append alone: what replaces or removes files was computed from the
        rows as they were read, so a commit in between must stop it.
        """
        metadata = table.metadata
        if self._replaces or self._removed:
            properties = {**metadata.properties, "commit.retry.num-retries": "0"}
        else:
            properties = {**_append_retries(), **metadata.properties}
        from floe_sdk.runtime.publishing.transactions import begin

        return begin(self._copy(table, metadata.model_copy(update={"properties": properties})))

    def _copy(self, table: Table, metadata: TableMetadata) -> Table:
        """A plain table; that of a creating transaction can't be scanned."""
        from pyiceberg.table import Table

        return Table(self._name, metadata, table.metadata_location, table.io, table.catalog)

    def _data_files(self, rows: int) -> list[DataFile]:
        from pyiceberg.io.pyarrow import parquet_file_to_data_file

        metadata, io = self._prepared.table_metadata, self.io
        plain = without_partitions(metadata)  # PyIceberg would guess them from statistics
        files = [parquet_file_to_data_file(io, plain, uri) for uri in self._files]
        held = sum(file.record_count for file in files)
        if held != rows:
            raise FloeError(
                ROWS_DIFFER,
                f"{'.'.join(self._name)}: {rows} rows were staged and the files hold {held}; nothing was committed",
                fix=ROWS_DIFFER.remedy,
            )
        sync_files(self._files)
        for file in files:
            place(file, metadata, self._partitions[file.file_path])
        return [file for file in files if file.record_count]

    def _finish(self, version: TableVersion, written: Sequence[DataFile], operation: str) -> TableVersion:
        table, snapshot = version.table, version.table.current_snapshot()
        totals = summary_of(snapshot)
        self._publisher.published[self._node_id] = PublishedTable(
            namespace=self._name[0],
            table=self._name[1],
            location=table.location(),
            snapshot_id=snapshot.snapshot_id if snapshot else None,
            rows=sum(file.record_count for file in written),
            bytes=sum(file.file_size_in_bytes for file in written),
            files=len(written),
            total_rows=int(totals["total-records"]) if "total-records" in totals else None,
            columns=tuple((field.name, str(field.field_type)) for field in table.schema().fields),
            operation=operation,
            rows_id=rows_id(table.metadata, snapshot),
        )
        return version

    def _settle(self, uris: Sequence[str]) -> None:
        self._files = [uri for uri in self._files if uri not in uris]
        with suppress(FloeError):  # a note that can't be written is not missed: the next run asks the catalog
            self._publisher.journal.settled(uris)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn what PyIceberg raises into errors that say what to do."""
        from pyiceberg import exceptions as iceberg

        name = ".".join(self._name)
        try:
            yield
        except FloeError:
            self.abandon()
            raise
        except (
            iceberg.CommitFailedException,
            iceberg.ValidationException,
            iceberg.TableAlreadyExistsError,
            iceberg.NoSuchTableError,
        ) as error:
            self._in_doubt = False
            self.abandon()
            if self._snapshot is not None and delete_refused(self._snapshot, self._prepared):
                self._settle_commit()
            problem = f"{name}: another run or writer changed the table meanwhile ({error})"
            raise FloeError(COMMIT_CONFLICT, problem, fix=COMMIT_CONFLICT.remedy) from error
        except (iceberg.ValidationError, iceberg.ResolveError, ValueError, TypeError, StopIteration) as error:
            # PyIceberg lets a StopIteration out, which context managers and Jinja would take for a quiet end.
            self.abandon()
            raise FloeError(SCHEMA_CHANGE, f"{name}: {error}", fix=SCHEMA_CHANGE.remedy) from error
        except OSError as error:
            if is_elsewhere(self._location):
                self.abandon()
                late = ended(self._transaction) if self._transaction else None
                raise late or storage_error(error, f"publish {name} in", self._location) from error
            said = f"{error.filename}: {error.strerror}" if error.filename else error.strerror or error
            problem = f"{name}, in {self._location}: {said}"
            raise FloeError(STORAGE_FAILED, problem, fix=STORAGE_FAILED.remedy) from error
