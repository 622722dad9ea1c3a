"""`floe catalog maintain` makes large files of small ones: rows, partitions and order stay, whoever reads or writes."""

from __future__ import annotations

import json
import random
import resource
import threading
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.schema import Schema
from pyiceberg.types import (
    BinaryType,
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    ListType,
    LongType,
    MapType,
    NestedField,
    StringType,
    StructType,
    TimestamptzType,
    UUIDType,
)

from floe_sdk.compilation.resolve import load_platform
from floe_sdk.project import resolve
from floe_sdk.runtime.tables.maintenance import Keep, plan
from floe_sdk.schemas.layout import parse_layout
from floe_sdk.schemas.session import FINGERPRINT_PROPERTY, INPUTS_PROPERTY


def publish(shop, schema, rows, layout=None, partition=(), table="orders"):
    """One file of one partition, appended."""
    publication = shop.publisher().begin("shop", table, f"model.shop.{table}")
    columns = publication.prepare(schema, removed=(), layout=parse_layout(layout))
    path = publication.new_file(partition).removeprefix("file://")
    pq.write_table(pa.Table.from_pylist(rows, schema_to_pyarrow(columns)), path)
    publication.commit(len(rows))


def files(shop, table="orders"):
    return [task.file for task in shop.table(table).scan().plan_files()]


def column(name, kind, number):
    return NestedField(number, name, kind, required=False)


def test_a_dry_run_says_what_it_would_do_and_applying_does_it_once(shop):
    shop.govern()
    shop.publish(*([number] for number in range(12)), append=True)
    before, paths = shop.rows(), {file.file_path for file in files(shop)}
    planned = shop.maintain()["shop.orders"]
    assert set(planned["compacted_files"]) == paths
    assert planned["compacted_into"] == 1
    assert planned["compacted_bytes"] == sum(file.file_size_in_bytes for file in files(shop))
    assert {file.file_path for file in files(shop)} == paths  # a dry run is the default

    snapshots = shop.snapshots()
    assert shop.maintain("--apply")["shop.orders"] == planned
    (new,) = files(shop)
    assert shop.rows() == before
    assert new.record_count == 12
    last = shop.table().current_snapshot()
    assert last.summary.operation.value == "replace"
    assert last.summary["total-records"] == "12"
    assert (last.summary["added-records"], last.summary["deleted-records"]) == ("12", "12")
    assert shop.snapshots() == [*snapshots, last.snapshot_id]  # one more
    assert shop.rows_at(snapshots[-1]) == before
    assert all(Path(path.removeprefix("file://")).exists() for path in paths)
    assert not list((shop.root / ".floe" / "maintenance").rglob("*.files"))
    assert shop.maintain("--apply")["shop.orders"]["compacted_into"] == 0  # once is enough


def test_what_people_read(shop):
    shop.govern()
    shop.publish(*([number] for number in range(6)), append=True)
    assert shop.floe("catalog", "maintain", shop.root, "--no-compact") == 0
    assert "compact " not in shop.out
    assert shop.floe("catalog", "maintain", shop.root) == 0
    assert "6 -> 1" in shop.out
    assert "compact 6 small files to 1; do it with --apply" in shop.out
    assert shop.floe("catalog", "maintain", shop.root, "--apply") == 0
    assert "compacted 6 small files to 1" in shop.out


def test_few_files_and_large_files_stay(shop):
    shop.govern()
    shop.publish([1], [2], [3], [4], append=True)
    assert shop.maintain()["shop.orders"]["compacted_into"] == 0
    size = files(shop)[0].file_size_in_bytes
    with shop.table().transaction() as change:
        change.set_properties({"write.target-file-size-bytes": str(size)})
    shop.publish([5], [6], append=True)
    assert shop.maintain()["shop.orders"]["compacted_into"] == 0  # each is as large as it is to be
    with shop.table().transaction() as change:
        change.set_properties({"write.target-file-size-bytes": str(3 * size)})
    planned = shop.maintain("--apply")["shop.orders"]
    assert planned["compacted_into"] == 2  # of three files each, which fill one
    assert shop.rows() == [1, 2, 3, 4, 5, 6]
    assert sorted(file.record_count for file in files(shop)) == [3, 3]


def test_partitions_stay_apart(shop):
    shop.govern()
    schema = Schema(column("region", StringType(), 1), column("n", LongType(), 2))
    layout = {"partition_by": ["region"]}
    for number in range(6):
        for region in ("north", "south", None):
            publish(shop, schema, [{"region": region, "n": number}], layout, (region,))
    for number in range(2):
        publish(shop, schema, [{"region": "east", "n": number}], layout, ("east",))
    before = sorted(map(str, shop.table().scan().to_arrow().to_pylist()))
    assert shop.maintain("--apply")["shop.orders"]["compacted_into"] == 3
    found = {(file.partition[0], file.record_count) for file in files(shop)}
    assert found == {("north", 6), ("south", 6), (None, 6), ("east", 1)}
    assert sorted(map(str, shop.table().scan().to_arrow().to_pylist())) == before
    scan = shop.table().scan("region = 'north'")
    assert len(list(scan.plan_files())) == 1
    assert sorted(scan.to_arrow()["n"].to_pylist()) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("order", ["n", "n desc nulls last", "x desc, n", "x nulls last, n desc"])
def test_a_sort_order_is_kept(shop, order):
    """Files that overlap and files that follow each other, with nulls and NaN, in more rows than are held at once."""
    shop.govern()
    schema = Schema(column("n", LongType(), 1), column("x", DoubleType(), 2))
    by = [each.strip() for each in order.split(",")]
    numbers = random.Random(7)

    def value():
        return numbers.choice([None, float("nan"), -1.5, 0.0, 2.5])

    def key(row):
        keys = []
        for each in by:
            name, *words = each.split()
            value, down, last = row[name], "desc" in words, "last" in words
            number = (0, 0.0) if value is None else (1, value) if value == value else (2, 0.0)  # noqa: PLR0124 - NaN
            sign = -1 if down else 1
            keys.append((1 if (value is None) == last else 0, sign * number[0], sign * number[1]))
        return keys

    for number in range(9):
        start = 40_000 * (number // 3)
        rows = [{"n": numbers.choice([None, start + each]), "x": value()} for each in range(40_000)]
        publish(shop, schema, sorted(rows, key=key), {"sort_by": by})
    before = shop.table().scan().to_arrow()
    assert shop.maintain("--apply")["shop.orders"]["compacted_into"] == 1
    (new,) = files(shop)
    assert new.sort_order_id == shop.table().metadata.default_sort_order_id
    rows = pq.read_table(new.file_path.removeprefix("file://")).to_pylist()
    keys = [key(row) for row in rows]
    assert keys == sorted(keys)
    assert sorted(map(repr, rows)) == sorted(map(repr, before.to_pylist()))


def test_files_that_are_not_in_the_present_order_stay(shop):
    shop.govern()
    schema = Schema(column("n", LongType(), 1))
    for number in range(5):
        publish(shop, schema, [{"n": number}])
    publish(shop, schema, [{"n": 9}], {"sort_by": ["n"]})
    assert shop.maintain()["shop.orders"]["compacted_into"] == 0


EVERYTHING = Schema(
    column("n", LongType(), 1),
    column("text", StringType(), 2),
    column("price", DecimalType(20, 4), 3),
    column("id", UUIDType(), 4),
    column("at", TimestamptzType(), 5),
    column("day", DateType(), 6),
    column("yes", BooleanType(), 7),
    column("raw", BinaryType(), 8),
    column("list", ListType(20, StringType(), element_required=False), 9),
    column("map", MapType(21, StringType(), 22, LongType(), value_required=False), 10),
    column("struct", StructType(column("a", LongType(), 23), column("b", StringType(), 24)), 11),
    column('wéird "näme.x', StringType(), 12),
)


def everything(number):
    if number == 3:
        return dict.fromkeys(field.name for field in EVERYTHING.fields)
    at = datetime(2024, 2, 29, 23, 59, 59, number, tzinfo=timezone.utc)
    return {
        "n": number, "text": "ü" * number, "price": Decimal(number) / 7 // Decimal("0.0001") * Decimal("0.0001"),
        "id": UUID(int=number).bytes, "at": at, "day": at.date() + timedelta(number), "yes": bool(number % 2),
        "raw": bytes([number, 0, 255]), "list": [None, str(number)], "map": [(str(number), number)],
        "struct": {"a": number, "b": None}, 'wéird "näme.x': str(number),
    }  # fmt: skip


@pytest.mark.parametrize("layout", [{}, {"sort_by": ["id", "yes", "price"]}])
def test_every_type_is_the_same_afterwards(shop, layout):
    shop.govern()
    for number in range(6):
        publish(shop, EVERYTHING, [everything(number)], layout)
    before = sorted(map(repr, shop.table().scan().to_arrow().to_pylist()))
    assert shop.maintain("--apply")["shop.orders"]["compacted_into"] == 1
    assert sorted(map(repr, shop.table().scan().to_arrow().to_pylist())) == before
    assert len(files(shop)) == 1


def test_columns_that_were_added_renamed_widened_and_dropped(shop):
    shop.govern()
    shop.publish(*([number] for number in range(3)), append=True)
    with shop.table().update_schema() as change:
        change.rename_column("n", "number")
        change.add_column("more", StringType())
        change.add_column("gone", StringType())
    for number in range(3, 6):
        schema = Schema(*(column(name, kind, place) for place, (name, kind) in enumerate(
            (("number", LongType()), ("more", StringType()), ("gone", StringType())), 1)))  # fmt: skip
        publish(shop, schema, [{"number": number, "more": f"m{number}", "gone": "x"}])
    with shop.table().update_schema(allow_incompatible_changes=True) as change:
        change.delete_column("gone")
    before = shop.table().scan().to_arrow().sort_by("number")
    assert shop.maintain("--apply")["shop.orders"]["compacted_into"] == 1
    assert shop.table().scan().to_arrow().sort_by("number").to_pylist() == before.to_pylist()
    assert pq.read_schema(files(shop)[0].file_path.removeprefix("file://")).names == ["number", "more"]


class Race:
    """A plan that is applied while somebody else commits, at the moment when the new files are written."""

    def __init__(self, shop, monkeypatch, meanwhile):
        from floe_sdk.runtime.tables import compaction

        original, done = compaction.rewrite, []

        def rewrite(*arguments):
            new = original(*arguments)
            if not done:
                done.append(new)
                meanwhile()
            return new

        monkeypatch.setattr(compaction, "rewrite", rewrite)
        with load_platform(resolve(shop.root)) as platform:
            plans = plan(platform, Keep())
            (self.done,) = [plans.apply(each) for each in plans.tables]


def test_a_row_that_somebody_appends_meanwhile_is_there(shop, monkeypatch):
    shop.govern()
    shop.publish(*([number] for number in range(6)), append=True)
    race = Race(shop, monkeypatch, lambda: shop.publish([99], append=True))
    assert len(race.done.compacted) == 1
    assert shop.rows() == [0, 1, 2, 3, 4, 5, 99]
    assert sorted(file.record_count for file in files(shop)) == [1, 6]
    shop.check_no_file_is_left()


def test_a_table_that_somebody_replaces_meanwhile_stays_as_it_was_replaced(shop, monkeypatch):
    shop.govern()
    shop.publish(*([number] for number in range(6)), append=True)
    race = Race(shop, monkeypatch, lambda: shop.publish([7]))
    assert race.done.compacted == ()
    assert "changed the table meanwhile" in race.done.note
    assert shop.rows() == [7]
    shop.check_no_file_is_left()


def test_another_engine_s_commit_meanwhile_is_left_alone(shop, monkeypatch):
    shop.govern()
    shop.publish(*([number] for number in range(6)), append=True)
    race = Race(shop, monkeypatch, lambda: shop.table().append(pa.table({"n": pa.array([8], pa.int64())})))
    assert race.done.compacted == ()
    assert shop.rows() == [0, 1, 2, 3, 4, 5, 8]
    shop.check_no_file_is_left()


def test_a_disk_that_takes_no_more(shop):
    """Held by a limit on the size of files, as no disk can be made everywhere."""
    shop.govern()
    numbers = random.Random(1)
    shop.publish(*([numbers.getrandbits(62) for _ in range(20_000)] for _ in range(6)), append=True)
    before, names = shop.rows(), shop.files()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, hard))
    try:
        assert shop.floe("catalog", "maintain", shop.root, "--apply") == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "FLOE-K023" in shop.err
    assert "File too large" in shop.err
    assert (shop.rows(), shop.files()) == (before, names)
    assert shop.maintain("--apply")["shop.orders"]["compacted_into"] == 1
    assert shop.rows() == before


def test_who_appends_all_the_time_loses_nothing(shop):
    """A writer that appends while compactions go on: every row is there once, and at the end few files."""
    shop.govern()
    shop.publish(*([number] for number in range(10)), append=True)
    stop = threading.Event()
    written = list(range(10))

    def write():
        while not stop.is_set():
            number = len(written)
            shop.publish([number], append=True)
            written.append(number)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with load_platform(resolve(shop.root)) as platform:
            for _ in range(5):
                plans = plan(platform, Keep())
                for each in plans.tables:
                    try:
                        plans.apply(each)
                    except Exception as error:  # noqa: BLE001 - it may lose, it may not lose rows
                        assert "changed the table meanwhile" in str(error)  # noqa: PT017
    finally:
        stop.set()
        writer.join()
    assert shop.rows() == written


def test_the_snapshot_says_whose_rows_it_holds(shop):
    shop.govern()
    publisher = shop.publisher
    said = {FINGERPRINT_PROPERTY: "f1", INPUTS_PROPERTY: json.dumps({"source.a": "files x"})}

    def with_properties(*arguments):
        made = publisher(*arguments)
        made.properties = lambda _node: (said, {})
        return made

    shop.publisher = with_properties
    shop.publish(*([number] for number in range(6)), append=True)
    original = shop.snapshots()[-1]
    shop.maintain("--apply")
    summary = shop.table().current_snapshot().summary
    assert {key: summary[key] for key in said} == said
    assert summary["floe.same-rows-as"] == str(original)
    assert summary["floe.node-id"] == "model.shop.orders"


@pytest.mark.parametrize("point", ["during-copy", "before-commit", "during-commit", "after-commit"])
def test_a_compaction_that_is_killed(shop, point):
    """Readers see the same rows at any time, and the next maintenance deletes what the dead one left."""
    shop.govern()
    shop.publish(*([number] for number in range(6)), append=True)
    shop.catalog.close()
    shop.kill("catalog", "maintain", shop.root, "--apply", FLOE_FAULT=f"{point}:orders")
    assert shop.rows() == [0, 1, 2, 3, 4, 5]
    assert len(files(shop)) == (1 if point == "after-commit" else 6)
    shop.maintain("--apply")
    assert shop.rows() == [0, 1, 2, 3, 4, 5]
    assert len(files(shop)) == 1
    shop.check_no_file_is_left()
