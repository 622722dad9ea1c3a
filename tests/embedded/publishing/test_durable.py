"""A power cut: what the catalog refers to is on the disk before the catalog does."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from sqlalchemy import event

from floe_sdk import STORAGE_FAILED, FloeError
from floe_sdk.runtime.storage.durable import sync_files
from floe_sdk.runtime.storage.durable_io import DurableFileIO
from floe_sdk.runtime.tables.files import metadata_files, referenced


def _name(handle):
    return str(Path(f"/proc/self/fd/{handle}").readlink())


@pytest.fixture
def synced(monkeypatch):
    """What was handed to fsync, with its size then. A disk that forgets what was not is not to be had here."""
    found = {}
    fsync = os.fsync

    def record(handle):
        fsync(handle)
        found[_name(handle)] = os.fstat(handle).st_size

    monkeypatch.setattr(os, "fsync", record)
    return found


def test_all_that_a_table_needs_is_on_the_disk_when_it_is_committed(lake, synced):
    committed = []
    event.listen(lake.catalog.engine, "commit", lambda _: committed.append(dict(synced)))
    lake.publish("numbers", {"n": "int"}, [{"n": 1}])
    lake.publish("numbers", {"n": "int"}, [{"n": 2}], ())
    lake.publish("numbers", {"n": "int", "m": "int"}, [{"n": 3, "m": 4}])
    table = lake.catalog.load_table(("shop", "numbers"))
    files = {
        Path(each.removeprefix("file://")) for each in referenced(table, table.snapshots()) | metadata_files(table)
    }
    assert len(files) == 3 + 4 + 3 + 3, "data, manifests, lists, metadata"
    then = committed[-1]
    assert {str(each): then.get(str(each)) for each in files} == {str(each): each.stat().st_size for each in files}
    folders = {each.parent for each in files}
    made = {lake.root / "warehouse", lake.root / "warehouse/shop", lake.root / "warehouse/shop/numbers", *folders}
    assert then.keys() >= {str(each) for each in made}


def test_a_disk_that_does_not_take_the_rows_stops_the_commit(lake, monkeypatch):
    lake.publish("numbers", {"n": "int"}, [{"n": 1}])
    fsync = os.fsync

    def full(handle):  # as a network's file system does, which finds out late
        if _name(handle).endswith(".parquet"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FloeError) as caught:
        lake.publish("numbers", {"n": "int"}, [{"n": 2}])
    assert caught.value.code is STORAGE_FAILED
    assert "No space left on device" in caught.value.problem
    assert lake.rows("numbers") == [{"n": 1}]


def test_what_is_elsewhere_is_left_to_its_storage():
    sync_files(["s3://bucket/file.parquet"])


def test_hadoops_spelling_of_a_folder_is_that_folder(lake):
    lake.catalog.create_namespace("shop")
    lake.catalog.create_table(("shop", "numbers"), lake.schema(n="int"), location=f"file:{lake.root}/elsewhere")
    lake.publish("numbers", {"n": "int"}, [{"n": 1}])
    assert lake.rows("numbers") == [{"n": 1}]
    assert len(list((lake.root / "elsewhere/data").iterdir())) == 1


def test_what_goes_wrong_elsewhere_while_a_file_is_written_keeps_its_words(tmp_path):
    path = tmp_path / "data" / "new.parquet"

    def write():
        with DurableFileIO({}).new_output(path.as_uri()).create() as stream:
            stream.write(b"half")
            raise OSError(said)

    said = "Couldn't deserialize thrift"  # as PyArrow says of a file that is read meanwhile: without a number
    with pytest.raises(OSError, match=f"^{said}$"):
        write()
    assert not path.exists()
