"""One of several processes that publish to one table at once, each with its own state folder."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, NestedField

from floe_sdk import COMMIT_CONFLICT, FloeError, Platform, PluginContext, PluginSelection, PluginType, StorageAccess
from floe_sdk.runtime.ids import new_run_id
from floe_sdk.runtime.publishing.publisher import CatalogPublisher
from floe_sdk.runtime.recovery.file_journal import FileJournal, unsettled
from support.crashing import Evidence

COLUMNS = Schema(*(NestedField(place, name, LongType(), required=False) for place, name in enumerate(("who", "n"), 1)))


def check(forks, folder, processes, times, uri=None):
    """Have them do it; every row is there once, every commit is one snapshot, and no file is left that none needs.

    The catalog is a database of SQLite in the folder, or at `uri`.
    """
    uri = uri or f"sqlite:///{folder}/catalog.db"
    _, seconds = forks.call("support.contention:publish", str(folder), times, uri, cwd=folder, processes=processes)
    evidence = Evidence(folder, folder, uri=uri)
    evidence.folder, evidence.warehouse = folder, folder / "warehouse"
    tables = evidence.tables()
    wanted = [{"who": who, "n": n} for who in range(processes) for n in range(times)]
    shared = tables.pop("shared")
    assert shared == sorted(wanted, key=str), shared
    assert tables == {f"own_{who}": [{"who": who, "n": 0}] for who in range(processes)}
    snapshots = [each for each in dict(evidence.each())["shared"].snapshots() if each.summary["added-records"]]
    assert len(snapshots) == processes * times
    left = evidence.unreferred()
    assert not left, left
    return seconds


def publish(number, root, times, uri):
    """Make a table of its own, make `shared` unless somebody else does, then append to it `times` times."""
    root = Path(root)
    state = root / f"state-{number}"
    context = PluginContext("dev", "lake", "Shop", "shop", root, root, state, state)
    os.environ["CONTENDED_URI"] = uri
    config = {"uri": {"env": "CONTENDED_URI"}}
    selected = [PluginSelection(PluginType.CATALOG, "sql", config), PluginSelection(PluginType.SECRETS, "env", {})]
    with Platform.load(selected, context) as platform:
        storage = StorageAccess(root=f"file://{root}/warehouse/")
        run_id = new_run_id()
        journal = FileJournal(state / "runs" / f"{run_id}.files", run_id)
        catalog = platform.catalog.catalog_connect(storage=storage)
        publisher = CatalogPublisher(catalog, storage, run_id, journal)
        _write(publisher, f"own_{number}", [{"who": number, "n": 0}])
        try:
            _write(publisher, "shared", [])
        except FloeError as error:
            if error.code is not COMMIT_CONFLICT:
                raise
        for count in range(times):
            version = _write(publisher, "shared", [{"who": number, "n": count}])
        mine = [row for row in version.table.scan().to_arrow().to_pylist() if row["who"] == number]
        assert sorted(row["n"] for row in mine) == list(range(times))
        assert sum(file.record_count for file in version.files) == version.table.scan().count()
        assert not journal.path.exists() or unsettled(journal.path) == []
        journal.close()


def _write(publisher, table, rows):
    publication = publisher.begin("shop", table, f"model.shop.{table}")
    schema = schema_to_pyarrow(publication.prepare(COLUMNS, ()))
    pq.write_table(pa.Table.from_pylist(rows, schema), publication.new_file().removeprefix("file://"))
    return publication.commit(len(rows))
