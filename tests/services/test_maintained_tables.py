"""What publishing and compaction leave in an object store behind a REST catalog: what the table needs, nothing else."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.catalog import load_catalog
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, NestedField

from floe_sdk import COMMIT_CONFLICT, FloeError, StorageAccess
from floe_sdk.runtime.publishing.publisher import CatalogPublisher
from floe_sdk.runtime.recovery.file_journal import FileJournal, unsettled
from floe_sdk.runtime.recovery.orphan_files import clean_orphans
from floe_sdk.runtime.tables.compaction import Compaction, small_files
from floe_sdk.runtime.tables.files import metadata_files, referenced, stored

SCHEMA = Schema(NestedField(1, "n", LongType(), required=False))


class Lake:
    """Tables of one namespace, published through the runtime's publisher."""

    def __init__(self, rest_catalog, server, bucket, namespace, folder):
        keys = {"s3.endpoint": server.endpoint, "s3.region": server.region}
        keys |= {"s3.access-key-id": server.access_key_id, "s3.secret-access-key": server.secret_access_key}
        self.catalog = load_catalog("rest", type="rest", uri=rest_catalog.uri, **keys)
        self.namespace = namespace
        self.folder = folder
        self.storage = StorageAccess(root=f"s3://{bucket}/")

    def begin(self, run):
        journal = FileJournal(self.folder / f"{run}.files", run)
        publisher = CatalogPublisher(self.catalog, self.storage, run, journal)
        return publisher.begin(self.namespace, "t", "model.shop.t"), journal

    def write(self, publication, numbers, removed=()):
        schema = schema_to_pyarrow(publication.prepare(SCHEMA, removed))
        with self.catalog._load_file_io().new_output(publication.new_file()).create() as stream:
            pq.write_table(pa.table({"n": numbers}, schema), stream)

    def publish(self, *numbers):
        for number in numbers:
            publication, _ = self.begin("r")
            self.write(publication, [number])
            publication.commit(1)

    @property
    def table(self):
        return self.catalog.load_table((self.namespace, "t"))

    def rows(self):
        return sorted(self.table.scan().to_arrow()["n"].to_pylist())

    def unreferred(self):
        table = self.table
        needed = referenced(table, table.snapshots()) | metadata_files(table)
        return [each.uri for each in stored(table.io, table.location()) if each.uri not in needed]


@pytest.fixture
def lake(rest_catalog, s3_server, bucket, unique, tmp_path):
    made = Lake(rest_catalog, s3_server, bucket, unique, tmp_path)
    yield made
    made.catalog.close()


def test_two_who_make_the_same_table(lake):
    first, second = (lake.begin(run) for run in ("first", "second"))
    for number, (publication, _) in enumerate((first, second)):
        lake.write(publication, [number])
    first[0].commit(1)
    with pytest.raises(FloeError) as caught:
        second[0].commit(1)
    assert caught.value.code is COMMIT_CONFLICT
    assert lake.rows() == [0]
    assert lake.unreferred() == []
    assert unsettled(second[1].path) == []


def test_a_compaction_and_a_writer_in_between(lake):
    lake.publish(*range(6))
    table = lake.table
    groups, _ = small_files(table)
    journal = FileJournal(lake.folder / "m.files", "m")
    compaction = Compaction(lake.catalog, (lake.namespace, "t"), journal)
    compaction._rewrite(table, groups[0])
    lake.publish(99)
    assert compaction._commit(table) == groups
    assert lake.rows() == [0, 1, 2, 3, 4, 5, 99]
    assert sorted(task.file.record_count for task in lake.table.scan().plan_files()) == [1, 6]
    assert lake.table.current_snapshot().summary.operation.value == "replace"
    assert lake.unreferred() == []
    assert unsettled(journal.path) == []


def test_what_a_dead_compaction_has_written_goes(lake):
    lake.publish(*range(6))
    table = lake.table
    journal = FileJournal(lake.folder / "m.files", "m")
    Compaction(lake.catalog, (lake.namespace, "t"), journal)._rewrite(table, small_files(table)[0][0])
    assert len(lake.unreferred()) == 1
    assert len(clean_orphans(lake.catalog, journal.path)) == 1
    assert lake.unreferred() == []
    assert lake.rows() == [0, 1, 2, 3, 4, 5]
