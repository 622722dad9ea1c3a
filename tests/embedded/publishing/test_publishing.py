"""The publisher: what a compute wrote becomes one snapshot, or nothing."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pyiceberg.table
import pytest
from pyiceberg.catalog.sql import SqlCatalog
from support.tables import bare_catalog

from floe_sdk import COMMIT_CONFLICT, ROWS_DIFFER, FloeError
from floe_sdk.errors.publish import SCHEMA_CHANGE, STORAGE_FAILED
from floe_sdk.runtime.recovery.file_journal import FileJournal, unsettled
from floe_sdk.runtime.recovery.orphan_files import clean_orphans
from floe_sdk.runtime.tables.replacing import replace_files

ID = {"id": "int"}


def test_a_new_table_is_one_snapshot_with_the_runs_properties(lake):
    version = lake.publish("t", ID, [{"id": 1}, {"id": 2}])
    assert lake.rows("t") == [{"id": 1}, {"id": 2}]
    (snapshot,) = version.table.snapshots()
    assert snapshot.summary["floe.run-id"] == "r1"
    assert snapshot.summary["floe.node-id"] == "model.t"
    published = lake.publisher.published["model.t"]
    assert (published.rows, published.files, published.total_rows, published.operation) == (2, 1, 2, "create")
    assert published.location == f"file://{lake.root}/warehouse/shop/t"


def test_replacing_appending_and_removing(lake):
    first = lake.publish("t", ID, [{"id": 1}])
    second = lake.publish("t", ID, [{"id": 2}], removed=())
    assert [file.record_count for file in second.files] == [1, 1]
    assert len(first.files) == 1, "a version never changes"
    third = lake.publish("t", ID, [{"id": 3}], removed=[second.files[0]])
    assert sorted(row["id"] for row in lake.rows("t")) == [2, 3]
    assert {file.file_path for file in third.files} == {
        task.file.file_path for task in lake.catalog.load_table(("shop", "t")).scan().plan_files()
    }
    lake.publish("t", ID, [{"id": 4}])
    assert lake.rows("t") == [{"id": 4}]


def test_a_commit_copies_the_tables_history_a_few_times_only(lake, monkeypatch):
    """Each copy takes as long as the table has snapshots."""
    lake.publish("t", ID, [{"id": 1}])
    made, counted = [], pyiceberg.table.update_table_metadata
    monkeypatch.setattr(
        pyiceberg.table, "update_table_metadata", lambda *each, **more: made.append(each) or counted(*each, **more)
    )
    lake.publish("t", ID, [{"id": 2}])
    lake.publish("t", ID, [{"id": 3}], removed=())
    version = lake.publish("t", {"id": "long"}, [{"id": 4}])
    replace_files(lake.catalog.load_table(("shop", "t")), version.files, version.files, {}, lambda _: None)
    assert len(made) < 25
    assert lake.rows("t") == [{"id": 4}]


def test_a_clock_that_goes_back_leaves_the_logs_in_order(lake, monkeypatch):
    """Iceberg's Java library refuses a table whose logs go back by more than a minute."""
    back = time.time() - 5 * 3600
    lake.publish("t", ID, [{"id": 1}])
    with monkeypatch.context() as clock:
        clock.setattr(time, "time", lambda: back)
        lake.publish("t", ID, [{"id": 2}])
        lake.publish("t", ID, [{"id": 3}])
    version = lake.publish("t", ID, [{"id": 4}], removed=())
    said = json.loads(Path(version.table.metadata_location.removeprefix("file://")).read_text())
    made = [each["timestamp-ms"] for each in said["snapshots"]]
    assert made[1] < made[0] - 4 * 3600 * 1000, "a snapshot says when it was made by its own clock"
    assert _in_order(version.table)
    assert sorted(row["id"] for row in lake.rows("t")) == [3, 4]


def test_a_clock_that_goes_back_leaves_the_logs_in_order_whoever_wrote(lake, monkeypatch):
    """PyIceberg's overwrite adds two entries at once; PyIceberg alone lets them go back."""
    back = time.time() - 5 * 3600
    rows = lake.publish("t", ID, [{"id": 1}]).table.scan().to_arrow()
    with monkeypatch.context() as clock, bare_catalog(lake.root / "state", lake.root / "warehouse") as alone:
        clock.setattr(time, "time", lambda: back)
        table = lake.catalog.load_table(("shop", "t"))
        table.overwrite(rows)
        assert len(table.metadata.snapshot_log) == 3
        assert _in_order(table)
        table = alone.load_table(("shop", "t"))
        table.append(rows)
        assert not _in_order(table)
    assert _in_order(lake.publish("t", ID, [{"id": 2}]).table)


def _in_order(table):
    said = json.loads(Path(table.metadata_location.removeprefix("file://")).read_text())
    logs = [[each["timestamp-ms"] for each in said[log]] for log in ("snapshot-log", "metadata-log")]
    return all(times == sorted(times) and said["last-updated-ms"] >= times[-1] for times in logs)


def test_a_table_that_is_replaced_again_and_again_takes_no_manifest_of_before_along(lake):
    versions = [lake.publish("t", ID, [{"id": number}]) for number in range(5)]
    lists = [version.table.current_snapshot().manifests(version.table.io) for version in versions]
    assert [len(each) for each in lists] == [1, 2, 2, 2, 2]
    for version, manifests in zip(versions[1:], lists[1:], strict=True):
        entries = [entry for each in manifests for entry in each.fetch_manifest_entry(version.table.io, False)]
        assert {entry.snapshot_id for entry in entries} == {version.table.current_snapshot().snapshot_id}
        assert sorted(entry.status.name for entry in entries) == ["ADDED", "DELETED"]
    replace_files(lake.catalog.load_table(("shop", "t")), versions[-1].files, versions[-1].files, {}, lambda _: None)
    last = lake.catalog.load_table(("shop", "t"))
    assert len(last.current_snapshot().manifests(last.io)) == 2
    assert lake.rows("t") == [{"id": 4}]


def test_columns_keep_their_ids_and_old_snapshots_their_rows(lake):
    old = lake.publish("t", {"id": "int", "gone": "string", "kept": "int"}, [{"id": 1, "gone": "x", "kept": 7}])
    new = lake.publish("t", {"kept": "long", "id": "int", "more": "string"}, [{"kept": 8, "id": 2, "more": "y"}])
    assert lake.rows("t") == [{"kept": 8, "id": 2, "more": "y"}]
    assert [field.name for field in new.table.schema().fields] == ["kept", "id", "more"]
    assert new.table.schema().find_field("id").field_id == old.table.schema().find_field("id").field_id
    assert new.table.schema().find_field("kept").field_id == old.table.schema().find_field("kept").field_id
    earlier = new.table.scan(snapshot_id=old.table.current_snapshot().snapshot_id).to_arrow().to_pylist()
    assert earlier == [{"id": 1, "gone": "x", "kept": 7}]


def test_a_type_that_old_rows_can_not_follow_is_refused(lake):
    lake.publish("t", {"id": "string"}, [{"id": "x"}])
    with pytest.raises(FloeError, match=r"shop\.t") as caught:
        lake.publish("t", ID, [{"id": 1}], removed=())
    assert caught.value.code is SCHEMA_CHANGE
    assert lake.rows("t") == [{"id": "x"}]
    lake.publish("t", ID, [{"id": 1}])  # replaced as a whole it may have any type
    assert lake.rows("t") == [{"id": 1}]


def test_the_rows_of_the_files_must_be_those_that_were_staged(lake):
    publication = lake.publisher.begin("shop", "t", "model.t")
    publication.prepare(lake.schema(**ID))
    lake.write(publication, ID, [{"id": 1}])
    with pytest.raises(FloeError, match="2 rows were staged and the files hold 1") as caught:
        publication.commit(2)
    assert caught.value.code is ROWS_DIFFER
    assert lake.publisher.load("shop", "t") is None
    assert lake.files() == set()
    assert not list(lake.root.rglob("*.files")) or unsettled(lake.journal.path) == []


@pytest.mark.parametrize("removed", [None, "all"])
def test_a_commit_in_between_is_a_conflict_for_who_replaces(lake, removed):
    base = lake.publish("t", ID, [{"id": 1}])
    publication = lake.publisher.begin("shop", "t", "model.t")
    publication.prepare(lake.schema(**ID), None if removed is None else base.files)
    lake.write(publication, ID, [{"id": 2}])
    lake.publish("t", ID, [{"id": 3}], removed=())
    with pytest.raises(FloeError) as caught:
        publication.commit(1)
    assert caught.value.code is COMMIT_CONFLICT
    assert sorted(row["id"] for row in lake.rows("t")) == [1, 3]
    assert len(lake.files()) == 2
    assert lake.unreferred() == []
    assert unsettled(lake.journal.path) == []


def test_who_appends_comes_after_a_commit_in_between(lake):
    lake.publish("t", ID, [{"id": 1}])
    publication = lake.publisher.begin("shop", "t", "model.t")
    publication.prepare(lake.schema(**ID), ())
    lake.write(publication, ID, [{"id": 2}])
    lake.publish("t", ID, [{"id": 3}], removed=())
    publication.commit(1)
    assert sorted(row["id"] for row in lake.rows("t")) == [1, 2, 3]
    assert lake.unreferred() == []


def test_two_who_make_the_same_table(lake):
    first, second = (lake.publisher.begin("shop", "t", "model.t") for _ in range(2))
    for number, publication in enumerate((first, second)):
        publication.prepare(lake.schema(**ID))
        lake.write(publication, ID, [{"id": number}])
    first.commit(1)
    with pytest.raises(FloeError) as caught:
        second.commit(1)
    assert caught.value.code is COMMIT_CONFLICT
    assert lake.rows("t") == [{"id": 0}]
    assert len(lake.files()) == 1
    assert lake.unreferred() == []
    assert unsettled(lake.journal.path) == []


def test_nothing_to_add_and_nothing_to_remove_is_no_snapshot(lake):
    lake.publish("t", ID, [{"id": 1}])
    version = lake.publish("t", ID, [], removed=())
    assert len(version.table.snapshots()) == 1
    assert lake.publisher.published["model.t"].operation == "none"
    assert len(lake.files()) == 1
    emptied = lake.publish("t", ID, [])
    assert (lake.rows("t"), emptied.files, len(lake.files())) == ([], (), 1)


def test_a_folder_that_can_not_be_written(lake):
    publication = lake.publisher.begin("shop", "t", "model.t")
    publication.prepare(lake.schema(**ID))
    (lake.root / "warehouse/shop").mkdir(parents=True)
    (lake.root / "warehouse/shop/t").write_text("a file where a folder should be")
    with pytest.raises(FloeError, match=r"shop\.t") as caught:
        publication.new_file()
    assert caught.value.code is STORAGE_FAILED


def test_names_that_a_path_can_not_hold_are_kept_apart(lake):
    for name in ("a b", "a_b", "a/b", "ü", ".."):
        lake.publish(name, ID, [{"id": 1}], namespace="s#?")
    locations = {lake.catalog.load_table(("s#?", name)).location() for name in ("a b", "a_b", "a/b", "ü", "..")}
    assert len(locations) == 5
    assert all(Path(location.removeprefix("file://")).is_relative_to(lake.root / "warehouse") for location in locations)
    assert lake.rows("a/b", "s#?") == [{"id": 1}]


def test_the_next_run_removes_what_a_dead_one_left_and_nothing_else(lake):
    lake.publish("t", ID, [{"id": 1}])
    committed = lake.files()
    dead = FileJournal(lake.root / "state/runs/dead.files", "dead")
    lake.publisher.journal, lake.publisher.run_id = dead, "dead"
    left = lake.publisher.begin("shop", "t", "model.t")
    left.prepare(lake.schema(**ID), ())
    lake.write(left, ID, [{"id": 2}])  # killed before the commit
    left.new_file()  # killed before the file was there
    new = lake.publisher.begin("shop", "never", "model.never")
    new.prepare(lake.schema(**ID))
    lake.write(new, ID, [{"id": 3}])
    in_doubt = lake.publish("t", ID, [{"id": 4}], removed=())  # killed after the commit, before it was noted
    kept = {Path(file.file_path.removeprefix("file://")) for file in in_doubt.files}
    lines = [line for line in dead.path.read_text().splitlines() if "settled" not in line]
    dead.path.write_text("\n".join([*lines, '{"file": "file:///cut off']))
    other = lake.root / "warehouse/shop/t/data/another-writers.parquet"
    other.write_bytes(b"not ours")
    deleted = clean_orphans(lake.catalog, dead.path)
    assert len(deleted) == 2
    assert lake.files() == kept | committed | {other}
    assert sorted(row["id"] for row in lake.rows("t")) == [1, 4]
    assert not dead.path.exists()


def test_the_metadata_of_a_dead_commit_goes_and_that_of_a_live_one_stays(lake):
    lake.publish("t", ID, [{"id": 1}])
    metadata = lake.root / "warehouse/shop/t/metadata"

    def manifests(run):
        """Everything of a commit but its last step; returns the publication and what it wrote into the folder."""
        before = set(metadata.iterdir())
        lake.publisher.run_id, lake.publisher.journal = run, FileJournal(lake.root / f"state/runs/{run}.files", run)
        publication = lake.publisher.begin("shop", "t", "model.t")
        publication.prepare(lake.schema(**ID), ())
        lake.write(publication, ID, [{"id": 2}])
        written = publication._data_files(1)
        with publication._transaction.update_snapshot(snapshot_properties={"floe.run-id": run}).fast_append() as update:
            publication._note_commit(update)
            update.append_data_file(written[0])
        return publication, set(metadata.iterdir()) - before

    live, of_live = manifests("live")
    dead, of_dead = manifests("dead")
    assert of_live
    assert of_dead
    deleted = clean_orphans(lake.catalog, dead._publisher.journal.path)
    assert len(deleted) == len(of_dead) + 1
    assert not any(path.exists() for path in of_dead)
    assert all(path.exists() for path in of_live)
    live._transaction.commit_transaction()
    assert sorted(row["id"] for row in lake.rows("t")) == [1, 2]


def test_a_journal_without_open_files_is_removed(lake):
    lake.publish("t", ID, [{"id": 1}])
    assert lake.journal.path.exists()
    lake.journal.close()
    assert not lake.journal.path.exists()


RACE = """
import sys
sys.path.insert(0, {folder!r})
from pathlib import Path
from conftest import Lake
lake = Lake(Path({root!r}))
for number in range(5):
    lake.publish({name!r}, {{"id": "int"}}, [{{"id": number}}], removed=())
lake.platform.close()
"""


def test_processes_that_make_the_catalog_and_a_namespace_at_once(tmp_path):
    (tmp_path / "lake").mkdir()
    folder, root = str(Path(__file__).parent), str(tmp_path / "lake")
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RACE.format(folder=folder, root=root, name=f"t{number}")], stderr=subprocess.PIPE
        )
        for number in range(4)
    ]
    errors = [process.communicate()[1].decode() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, errors
    catalog = SqlCatalog("floe", uri=f"sqlite:///{root}/state/catalog.db", warehouse=f"file://{root}/warehouse")
    for number in range(4):
        assert sorted(catalog.load_table(("shop", f"t{number}")).scan().to_arrow()["id"].to_pylist()) == [0, 1, 2, 3, 4]
    catalog.close()


def test_a_metadata_file_that_another_writer_is_in_the_middle_of_stays(lake):
    lake.publish("t", ID, [{"id": 1}])
    table = lake.catalog.load_table(("shop", "t"))
    dead = FileJournal(lake.root / "state/runs/dead.files", "dead")
    dead.committing(str(uuid.uuid4()), 7, table.location(), "shop", "t")
    metadata = lake.root / "warehouse/shop/t/metadata"
    whole = Path(table.metadata_location.removeprefix("file://")).read_bytes()
    theirs, own = metadata / f"00002-{uuid.uuid4()}.metadata.json", metadata / f"00002-{uuid.uuid4()}.metadata.json"
    theirs.write_bytes(whole[: len(whole) // 2])
    own.write_bytes(b'{"format-version":2,"current-snapshot-id":7,"snapshots":[{')
    assert clean_orphans(lake.catalog, dead.path) == [f"file://{own}"]
    assert theirs.exists(), "a writer that was stopped there would commit a file that is gone"


def test_a_line_of_the_journal_that_did_not_fit_spoils_no_other(lake):
    lake.journal.begun("file:///first", "shop", "t")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (lake.journal.path.stat().st_size + 20, hard))
    try:
        with pytest.raises(FloeError):
            lake.journal.begun("file:///second", "shop", "t")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    lake.journal.begun("file:///third", "shop", "t")
    assert [each["file"] for each in unsettled(lake.journal.path)] == ["file:///first", "file:///third"]
