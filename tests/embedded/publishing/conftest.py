"""A SQL catalog and a warehouse in a folder, and a publisher over them; files are written with PyArrow."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.schema import Schema
from pyiceberg.types import IntegerType, LongType, NestedField, StringType

from floe_sdk import Platform, PluginContext, PluginSelection, PluginType, StorageAccess
from floe_sdk.runtime.publishing.publisher import CatalogPublisher
from floe_sdk.runtime.recovery.file_journal import FileJournal
from floe_sdk.runtime.tables.files import metadata_files, referenced

KINDS = {"int": IntegerType(), "long": LongType(), "string": StringType()}


def schema(**columns):
    fields = [
        NestedField(number, name, KINDS[kind], required=False) for number, (name, kind) in enumerate(columns.items(), 1)
    ]
    return Schema(*fields)


class Lake:
    def __init__(self, root):
        self.root = root
        self.storage = StorageAccess(root=f"file://{root}/warehouse/")
        context = PluginContext("dev", "lake", "Shop", "shop", root, root, root / "state", root / "state")
        self.platform = Platform.load([PluginSelection(PluginType.CATALOG, "sql", {})], context)
        self.catalog = self.platform.catalog.catalog_connect(storage=self.storage)
        self.schema = schema
        self.journal = FileJournal(root / "state/runs/r1.files", "r1")
        self.publisher = CatalogPublisher(self.catalog, self.storage, "r1", self.journal)

    def write(self, publication, columns, rows):
        """Prepare and write one file, as a compute does; returns the URI."""
        uri = publication.new_file()
        next_schema = publication._transaction.table_metadata.schema()
        target = schema_to_pyarrow(next_schema.select(*columns))
        pq.write_table(pa.Table.from_pylist(rows, target), uri.removeprefix("file://"))
        return uri

    def publish(self, table, columns, rows, removed=None, namespace="shop"):
        publication = self.publisher.begin(namespace, table, f"model.{table}")
        publication.prepare(schema(**columns), removed)
        self.write(publication, columns, rows)
        return publication.commit(len(rows))

    def rows(self, table, namespace="shop"):
        return self.catalog.load_table((namespace, table)).scan().to_arrow().to_pylist()

    def unreferred(self):
        """The files of the warehouse that no table needs."""
        tables = [self.catalog.load_table(name) for name in self.catalog.list_tables("shop")]
        needed = set().union(*(referenced(table, table.snapshots()) | metadata_files(table) for table in tables))
        found = {f"file://{path}" for path in (self.root / "warehouse").rglob("*") if path.is_file()}
        return sorted(found - needed)

    def files(self):
        return set((self.root / "warehouse").rglob("*.parquet"))


@pytest.fixture
def lake(tmp_path):
    made = Lake(tmp_path)
    yield made
    made.platform.close()
