"""`floe catalog maintain`: snapshots expire, files go, rows never; looked at with bare PyIceberg."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from filelock import FileLock
from pyiceberg.catalog.sql import SqlCatalog

from floe_sdk.compilation.resolve import load_platform
from floe_sdk.errors import FloeError
from floe_sdk.project import resolve
from floe_sdk.runtime.tables.maintenance import Keep, plan


def test_snapshots_beyond_the_last_ones_and_older_than_retention_expire(shop):
    shop.govern(data_retention_days=30, snapshot_keep_last=2)
    shop.publish(*([number] for number in range(6)))
    shop.age(40, but_last=1)
    before, files = shop.snapshots(), shop.files()

    planned = shop.maintain()["shop.orders"]
    assert planned["expired_snapshots"] == sorted(planned["expired_snapshots"], key=int)
    assert {int(each) for each in planned["expired_snapshots"]} == set(before[:4])
    assert planned["kept_snapshots"] == 2
    assert (shop.snapshots(), shop.files()) == (before, files)  # a dry run is the default

    done = shop.maintain("--apply")["shop.orders"]
    assert done == planned
    assert shop.snapshots() == before[4:]
    assert shop.rows() == [5]
    assert shop.rows_at(before[4]) == [4]
    gone = {f"orders{uri.rpartition('/orders')[2]}" for uri in done["unreferenced_files"]}
    left = shop.files()
    assert {name.removeprefix("shop/") for name in files - left} == gone
    assert sum(name.endswith(".parquet") for name in left) == 2
    assert done["bytes"] > 0
    assert shop.maintain("--apply")["shop.orders"]["expired_snapshots"] == []  # once is enough


def test_an_artifact_says_what_is_kept_without_any_yaml(shop):
    shop.govern(snapshot_keep_last=1)
    shop.publish([1], [2], [3])
    assert shop.floe("compile", shop.root) == 0, shop.err
    for document in (shop.root / "floe.yaml", shop.platform / "manifest.yaml"):
        document.unlink()
    last = shop.snapshots()[-1:]
    maintain = ("catalog", "maintain", "--artifact", shop.root / "target", "--json")
    assert shop.floe(*maintain, "--apply") == 0, shop.err
    [done] = json.loads(shop.out)["tables"]
    assert len(done["expired_snapshots"]) == 2
    assert shop.snapshots() == last
    assert shop.rows() == [3]
    assert shop.floe(*maintain, "--env", "prod") == 2
    assert "the artifact was compiled for 'dev'" in shop.out + shop.err


def test_files_that_a_kept_snapshot_shares_stay(shop):
    shop.govern(snapshot_keep_last=1)
    shop.publish([1], [2], [3], append=True)
    data = {name for name in shop.files() if name.endswith(".parquet")}
    done = shop.maintain("--apply")["shop.orders"]
    assert len(done["expired_snapshots"]) == 2
    assert shop.rows() == [1, 2, 3]
    assert {name for name in shop.files() if name.endswith(".parquet")} == data
    shop.publish([4], append=True)
    assert shop.rows() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("governance", "arguments", "kept"),
    [
        ({}, [], 4),
        ({"snapshot_keep_last": 3}, [], 3),
        ({"data_retention_days": 30}, [], 2),
        ({"data_retention_days": 30, "snapshot_keep_last": 3}, [], 3),
        ({"data_retention_days": 50}, [], 4),
        ({"data_retention_days": 30}, ["--older-than", "45"], 4),
        ({}, ["--older-than", "10"], 2),
        ({}, ["--older-than", "0"], 1),
    ],
)
def test_what_is_kept(shop, governance, arguments, kept):
    shop.govern(**governance)
    shop.publish([1], [2], [3], [4])
    shop.age(40, but_last=2)
    if arguments == ["--older-than", "0"]:
        shop.age(1)
    assert shop.maintain(*arguments)["shop.orders"]["kept_snapshots"] == kept


def test_keeping_for_less_than_governance_asks_for_is_refused(shop):
    shop.govern(data_retention_days=30)
    assert shop.floe("catalog", "maintain", shop.root, "--older-than", "29") == 3
    assert "FLOE-G004" in shop.err


def test_tags_and_branches_keep_what_they_are_made_of(shop):
    shop.govern(snapshot_keep_last=1)
    shop.publish(*([number] for number in range(5)))
    first, second, third, fourth, last = shop.snapshots()
    shop.table().manage_snapshots().create_tag(first, "audit").create_branch(third, "review").commit()
    done = shop.maintain("--apply")["shop.orders"]
    assert done["expired_snapshots"] == [str(fourth)]
    assert [shop.rows_at(each) for each in (first, second, third, last)] == [[0], [1], [2], [4]]


def test_orphans_go_once_they_are_old_and_nothing_else_does(shop):
    shop.govern()
    shop.publish([1])
    old = shop.stray("shop/orders/data/killed.parquet", days=4)
    young = shop.stray("shop/orders/data/being-written.parquet", days=2)
    beside = shop.stray("shop/something-else/data/x.parquet", days=40)
    loose = shop.stray("loose.parquet", days=40)
    planned = shop.maintain()["shop.orders"]
    assert planned["orphan_files"] == [f"file://{old}"]
    assert old.exists()
    assert shop.maintain("--apply")["shop.orders"]["bytes"] == len(b"left behind")
    assert not old.exists()
    assert all(path.exists() for path in (young, beside, loose))
    assert shop.rows() == [1]


def test_what_a_table_needs_is_no_orphan_however_old(shop):
    shop.govern(snapshot_keep_last=5)
    shop.publish([1], [2], [3], append=True)
    for name in shop.files():
        os.utime(shop.warehouse / name, (1, 1))
    assert shop.maintain("--apply")["shop.orders"]["orphan_files"] == []
    assert shop.rows() == [1, 2, 3]
    assert [shop.rows_at(each) for each in shop.snapshots()] == [[1], [1, 2], [1, 2, 3]]


def test_another_table_below_this_one_is_its_own(shop):
    shop.govern()
    shop.publish([1])
    place = f"file://{shop.warehouse}/shop/orders/data/nested"
    shop.catalog.create_namespace("other")
    nested = shop.catalog.create_table(("other", "nested"), shop.table().schema(), location=place)
    stray = shop.stray("shop/orders/data/nested/data/theirs.parquet", days=40)
    for path in (shop.warehouse / "shop/orders/data/nested").rglob("*.json"):
        os.utime(path, (1, 1))
    assert shop.maintain("--apply")["shop.orders"]["orphan_files"] == []
    assert stray.exists()
    assert nested.refresh().schema()


def test_tables_of_other_products_and_other_writers_are_left_alone(shop):
    shop.govern(snapshot_keep_last=1)
    shop.publish([1], [2], product="another")
    shop.publish([1], [2], table="totals")
    rows = pa.table({"n": pa.array([9], pa.int64())})
    shop.table("totals").append(rows)
    shop.catalog.create_table(("shop", "theirs"), shop.table().schema()).append(rows)
    before = {table: shop.snapshots(table) for table in ("orders", "totals", "theirs")}
    done = shop.maintain("--apply")
    assert list(done) == ["shop.totals"]
    assert "another writer" in done["shop.totals"]["left_alone"]
    assert {table: shop.snapshots(table) for table in before} == before
    assert shop.rows("totals") == [2, 9]


def test_a_table_whose_files_may_be_others_too_is_left_alone(shop):
    shop.govern(snapshot_keep_last=1)
    shop.publish([1], [2])
    with shop.table().transaction() as transaction:
        transaction.set_properties({"gc.enabled": "false"})
    before = shop.files()
    assert "gc.enabled" in shop.maintain("--apply")["shop.orders"]["left_alone"]
    assert shop.files() == before


def test_a_copy_of_the_folder_leaves_the_files_of_the_original(shop, tmp_path):
    shop.govern(snapshot_keep_last=1)
    shop.publish([1], [2])
    shutil.copytree(shop.platform, tmp_path / "copy")
    before = shop.files()
    assert shop.floe("catalog", "maintain", tmp_path / "copy" / shop.root.name, "--apply", "--json") == 0, shop.err
    [left] = json.loads(shop.out)["tables"]
    assert "the catalog may be a copy" in left["left_alone"]
    assert shop.files() == before
    assert shop.rows_at(shop.snapshots()[0]) == [1]
    shop.platform.rename(tmp_path / "moved")
    (tmp_path / "platform").symlink_to(tmp_path / "moved")  # the old name still leads to the files
    assert shop.maintain()["shop.orders"]["left_alone"] is None


def test_a_file_that_is_gone_stops_the_hunt_for_orphans(shop):
    shop.govern()
    shop.publish([1], [2], append=True)
    old = shop.stray("shop/orders/data/killed.parquet", days=9)
    next((shop.warehouse / "shop/orders/data").glob("*-*.parquet")).unlink()
    done = shop.maintain("--apply")["shop.orders"]
    assert "storage does not list" in done["note"]
    assert old.exists()


def test_a_table_whose_metadata_is_damaged_is_left_alone(shop):
    shop.govern(snapshot_keep_last=1)
    shop.publish([1], [2])
    shop.publish([1], [2], table="totals")
    Path(shop.table("totals").current_snapshot().manifest_list.removeprefix("file://")).unlink()
    old = shop.stray("shop/totals/data/killed.parquet", days=9)
    done = shop.maintain("--apply")
    assert "metadata is gone" in done["shop.totals"]["left_alone"]
    assert old.exists()
    assert len(done["shop.orders"]["expired_snapshots"]) == 1


def test_a_table_whose_manifest_is_cut_is_left_alone(shop):
    shop.govern(snapshot_keep_last=1)
    shop.publish([1], [2])
    os.truncate(shop.table().current_snapshot().manifest_list.removeprefix("file://"), 900)
    assert "can't be read" in shop.maintain("--apply")["shop.orders"]["left_alone"]


def test_what_a_symbolic_link_leads_to_is_somebody_elses(shop, tmp_path):
    shop.govern()
    shop.publish([1])
    theirs = shop.stray("archive/a.parquet", days=40)
    (shop.warehouse / "shop/orders/data/archive").symlink_to(theirs.parent)
    (shop.warehouse / "shop/orders/data/b.parquet").symlink_to(theirs)
    assert shop.maintain("--apply")["shop.orders"]["orphan_files"] == []
    assert theirs.exists()


def test_the_files_of_a_table_that_another_catalog_has_here_stay(shop, tmp_path):
    shop.govern()
    shop.publish([1])
    other = SqlCatalog("floe", uri=f"sqlite:///{tmp_path}/other.db", warehouse=f"file://{shop.warehouse}")
    other.create_namespace("shop")
    theirs = other.create_table(("shop", "orders"), shop.table().schema(), location=shop.table().location())
    theirs.append(pa.table({"n": [7]}))
    for path in shop.warehouse.rglob("*"):
        os.utime(path, (1, 1))
    done = shop.maintain("--apply")["shop.orders"]
    assert done["orphan_files"] == []
    assert "another table has its files here" in done["note"]
    assert theirs.scan().to_arrow()["n"].to_pylist() == [7]
    other.close()


def test_a_table_that_cannot_be_read_might_own_any_file(shop):
    shop.govern()
    shop.publish([1])
    shop.publish([1], table="totals")
    old = shop.stray("shop/orders/data/killed.parquet", days=9)
    Path(shop.table("totals").metadata_location.removeprefix("file://")).unlink()
    done = shop.maintain("--apply")
    assert "shop.totals can't be read" in done["shop.orders"]["note"]
    assert "a file of its metadata is gone" in done["shop.totals"]["left_alone"]
    assert "restore it from a backup" in done["shop.totals"]["left_alone"]
    assert old.exists()


@pytest.mark.parametrize("point", ["during-commit", "after-commit"])
def test_an_expiry_that_is_killed(shop, point):
    """What stays is whole, and the next maintenance does the rest; what was to be deleted goes as an orphan."""
    shop.govern(snapshot_keep_last=1)
    shop.publish([1], [2], [3])
    last = shop.snapshots()[-1]
    shop.catalog.close()
    shop.kill("catalog", "maintain", shop.root, "--apply", FLOE_FAULT=f"{point}:orders")
    assert (shop.rows(), len(shop.snapshots())) == ([3], 1 if point == "after-commit" else 3)
    for path in shop.warehouse.rglob("*"):
        os.utime(path, (1, 1))
    shop.maintain("--apply")
    assert (shop.rows(), shop.snapshots()) == ([3], [last])
    shop.maintain("--apply")
    shop.check_no_file_is_left()


def test_a_long_history_is_told(shop, monkeypatch):
    shop.govern()
    shop.publish([1], [2], [3])
    shop.publish([1], table="totals")
    monkeypatch.setattr("floe_sdk.cli.tables.LONG_HISTORY", 3)
    assert shop.floe("tables", shop.root) == 0
    assert "shop.orders (3) snapshots" in shop.err
    assert "snapshot_keep_last" in shop.err
    assert "shop.totals" not in shop.err
    assert shop.floe("tables", shop.root, "--json") == 0
    assert [each["snapshots"] for each in json.loads(shop.out)["tables"]] == [3, 1]


def test_a_run_that_is_under_way_is_waited_for_not_disturbed(shop):
    shop.govern(snapshot_keep_last=1)
    shop.publish([1], [2])
    (shop.root / ".floe").mkdir(exist_ok=True)
    with FileLock(shop.root / ".floe" / "run.lock"):
        assert shop.floe("catalog", "maintain", shop.root, "--apply") == 1
        assert "FLOE-R001" in shop.err
        assert shop.floe("catalog", "maintain", shop.root) == 0  # looking needs no lock
    assert len(shop.snapshots()) == 2


def test_a_writer_in_between_wins(shop):
    """A plan that another commit has overtaken deletes nothing."""
    shop.govern(snapshot_keep_last=1)
    shop.publish([1], [2], [3])
    first, *_ = shop.snapshots()
    with load_platform(resolve(shop.root)) as platform:
        plans = plan(platform, Keep(last=1))
        (planned,) = plans.tables
        shop.table().manage_snapshots().rollback_to_snapshot(first).commit()
        files = shop.files()
        with pytest.raises(FloeError, match="changed the table meanwhile"):
            plans.apply(planned)
    assert shop.files() == files
    assert shop.rows() == [1]


def test_what_people_read(shop):
    assert shop.floe("catalog", "maintain", shop.root) == 0
    assert "no tables of this product yet" in shop.out
    shop.govern(snapshot_keep_last=1)
    shop.publish([1], [2], [3])
    assert shop.floe("catalog", "maintain", shop.root) == 0
    assert "would expire 2 snapshots and delete 7 files" in shop.out
    assert "do it with --apply" in shop.out
    assert shop.floe("catalog", "maintain", shop.root, "--apply") == 0
    assert "expired 2 snapshots and deleted 7 files" in shop.out
    shop.govern()
    shop.floe("catalog", "maintain", shop.root)
    assert "no snapshot expires" in shop.err
