"""One of several processes that publish to one table at once, each with its own state folder."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, NestedField

from floe_sdk import COMMIT_CONFLICT, FloeError, Platform, PluginContext, PluginSelection, PluginType, StorageAccess
from floe_sdk.runtime.ids import new_run_id
from floe_sdk.runtime.publishing import CatalogPublisher
from floe_sdk.runtime.recovery import FileJournal, unsettled
from support.crashing import Evidence

COLUMNS = Schema(*(NestedField(place, name, LongType(), required=False) for place, name in enumerate(("who", "n"), 1)))


def check(forks, folder, processes, times):
    """Have them do it; every row must be there once, every commit be one snapshot, and nothing else be left."""
    _, seconds = forks.call("support.contention:publish", str(folder), times, cwd=folder, processes=processes)
    evidence = Evidence(folder, folder)
    evidence.folder, evidence.warehouse = folder, folder / "warehouse"
    tables = evidence.tables()
    wanted = [{"who": who, "n": n} for who in range(processes) for n in range(times)]
    assert tables.pop("shared") == sorted(wanted, key=str)
    assert tables == {f"own_{who}": [{"who": who, "n": 0}] for who in range(processes)}
    snapshots = [each for each in dict(evidence.each())["shared"].snapshots() if each.summary["added-records"]]
    assert len(snapshots) == processes * times
    # PyIceberg's own retry may leave the manifest list of a refused attempt; `catalog maintain` removes it.
    assert [path for path in evidence.unreferred() if not path.name.startswith("snap-")] == []
    return seconds


def publish(number, root, times):
    """Make a table of its own, make `shared` unless somebody else does, then append to it `times` times."""
    root = Path(root)
    state = root / f"state-{number}"
    context = PluginContext("dev", "lake", "Shop", "shop", root, root, state, state)
    config = {"uri": f"sqlite:///{root}/catalog.db"}
    with Platform.load([PluginSelection(PluginType.CATALOG, "sql", config)], context) as platform:
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
