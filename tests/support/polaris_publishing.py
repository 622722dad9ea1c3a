"""Publishing through the runtime's own publish call into a Polaris catalog, as a run does."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, NestedField

from floe_sdk import COMMIT_CONFLICT, FloeError
from floe_sdk.runtime.ids import new_run_id
from floe_sdk.runtime.publishing.publisher import CatalogPublisher
from floe_sdk.runtime.recovery.file_journal import FileJournal
from support.polaris import Target, connected

COLUMNS = Schema(*(NestedField(place, name, LongType(), required=False) for place, name in enumerate(("who", "n"), 1)))


class Writer:
    """One run of a product that publishes tables of `namespace`."""

    def __init__(self, catalog, storage, namespace, state):
        self.catalog, self.namespace = catalog, namespace
        self.run_id = new_run_id()
        self.journal = FileJournal(Path(state) / "runs" / f"{self.run_id}.files", self.run_id)
        self.publisher = CatalogPublisher(catalog, storage, self.run_id, self.journal)

    def written(self, table, rows, *, append=True):
        """A publication whose file is written: all but its commit. It appends to what is there, or replaces it."""
        publication = self.publisher.begin(self.namespace, table, f"model.shop.{table}")
        schema = schema_to_pyarrow(publication.prepare(COLUMNS, () if append else None))
        uri = publication.new_file()
        with self.catalog._load_file_io(location=uri).new_output(uri).create() as stream:
            pq.write_table(pa.Table.from_pylist(rows, schema), stream)
        return publication

    def publish(self, table, rows, *, append=True):
        """Publish rows."""
        return self.written(table, rows, append=append).commit(len(rows))

    def rows(self, table):
        """What the table holds, as a reader sees it now."""
        found = self.catalog.load_table((self.namespace, table)).scan().to_arrow().to_pylist()
        return sorted(found, key=lambda row: (row["who"], row["n"]))


def numbers(*values, who=0):
    return [{"who": who, "n": value} for value in values]


@contextmanager
def writing(target, namespace, state, **changes):
    """A writer of its own, with its own connection."""
    with connected(target, slug=namespace, **changes) as catalog:
        writer = Writer(catalog, target.storage, namespace, state)
        yield writer
        writer.journal.close()


def contend(number, target, namespace, state, times):
    """One of several processes: make `shared` unless somebody else does, then append to it `times` times."""
    with writing(Target(**target), namespace, Path(state) / str(number)) as writer:
        try:
            writer.publish("shared", [])
        except FloeError as error:
            if error.code is not COMMIT_CONFLICT:
                raise
        for count in range(times):
            writer.publish("shared", numbers(count, who=number))
