"""Tables in a bucket: published, read and asked, by DuckDB's extension and through PyArrow, with the same results."""

from __future__ import annotations

import json

import duckdb
import pytest

from floe_compute_duckdb.cache import put_in_place
from floe_sdk import FloeError, parse_layout
from floe_sdk.runtime.recovery.file_journal import FileJournal, unsettled
from floe_sdk.runtime.recovery.orphan_files import clean_orphans
from floe_sdk.runtime.tables.files import stored

FAILS = "select case when i = 400000 then error('at 400000') else i end as id from range(500000) r(i)"
ROWS = "select i as id, i % 7 as k, 'row ' || i as name, i * 1.5::double as amount from range({}) r(i)"


def test_what_is_published_is_read_by_duckdb_pyiceberg_and_queries(lake):
    version = lake.publish("t", ROWS.format(1000))
    assert version.table.location().startswith("s3://")
    assert len(lake.select(version)) == 1000
    assert [row["id"] for row in sorted(lake.rows("t"), key=lambda row: row["id"])] == list(range(1000))
    assert lake.ask("select count(*) as n, sum(id) as s from t") == [{"n": 1000, "s": 499500}]


def test_replaced_appended_and_touched(lake):
    lake.publish("t", "select 1 as id, 'a' as name union all select 2, 'b'")
    lake.publish("t", "select 3 as id, 'c' as name", removed=())
    version = lake.session.publisher.load("shop", "t")
    assert lake.select(version) == [(1, "a"), (2, "b"), (3, "c")]
    from floe_compute_duckdb.staging import fill, touched_files

    touched = touched_files(lake.connection.execute, lake.store, version, "id = 3")
    assert len(touched) == 1
    fill(lake.connection.execute, lake.store, "stage", version, touched)
    assert lake.connection.execute("from stage").fetchall() == [(3, "c")]
    lake.publish("t", "select 4 as id, 'd' as name", removed=touched)
    assert [row["id"] for row in lake.rows("t")] == [1, 2, 4]
    lake.publish("t", "select 5 as id, 'e' as name")
    assert [row["id"] for row in lake.rows("t")] == [5]


@pytest.mark.parametrize("layout", [{"partition_by": "k"}, {"partition_by": "k", "sort_by": "id"}], ids=str)
def test_partitions_go_up_as_files_of_their_own(lake, layout):
    version = lake.publish("t", ROWS.format(700), layout=parse_layout(layout))
    assert len(version.files) == 7
    assert [row["id"] for row in sorted(lake.rows("t"), key=lambda row: row["id"])] == list(range(700))
    assert lake.ask("select count(*) as n from t where k = 3") == [{"n": 100}]


def test_a_large_file_goes_up_in_parts_and_none_is_left(lake, parts):
    version = lake.publish("t", "select i as id, md5(i::varchar) || md5((i + 1)::varchar) as h from range(900000) r(i)")
    assert version.files[0].file_size_in_bytes > 16 * 1024 * 1024
    assert lake.ask("select count(distinct h) as n from t") == [{"n": 900000}]
    assert parts() == []


def test_a_query_can_reach_the_tables_files_and_nothing_else(lake, bucket, s3):
    version = lake.publish("t", "select 1 as id")
    own = version.files[0].file_path
    s3.put_object(Bucket=bucket, Key="private/secret.csv", Body=b"a,b\n1,2\n")
    for sql in (
        f"select * from 's3://{bucket}/private/secret.csv'",
        f"select * from read_csv('s3://{bucket}/private/secret.csv')",
        f"select * from read_parquet('{own.rpartition('/')[0]}/*.parquet')",
        f"copy (select 2 as id) to '{own}'",
        f"copy (select 2 as id) to '{own}' (use_tmp_file false)",
        "select * from duckdb_secrets()",
        "select * from 'http://127.0.0.1:1/x.parquet'",
        "from which_secret('s3://x', 's3')",
    ):
        with pytest.raises(FloeError) as caught:
            lake.ask(sql)
        assert caught.value.code.id == "FLOE-K008", sql
    assert lake.ask("select * from t") == [{"id": 1}]


def test_both_ways_read_what_the_other_wrote(lake, way):
    lake.publish("t", ROWS.format(100))
    other = {"httpfs": "pyarrow", "pyarrow": "httpfs"}[way]
    assert lake.ask("select * from t order by id", other) == lake.ask("select * from t order by id")


def test_no_rows_leave_no_object(lake, keys):
    lake.publish("t", "select 1 as id where false")
    assert [key for key in keys() if key.endswith(".parquet")] == []
    assert lake.ask("select * from t") == []


@pytest.mark.parametrize("layout", [None, {"partition_by": "truncate(id, 100000)"}], ids=["plain", "partitioned"])
def test_a_failed_query_leaves_nothing_in_the_bucket(lake, keys, parts, layout):
    lake.publish("t", "select 1 as id")
    before = [key for key in keys() if key.endswith(".parquet")]
    with pytest.raises(Exception, match="at 400000"):
        lake.publish("t", FAILS, layout=parse_layout(layout) if layout else None)
    assert [key for key in keys() if key.endswith(".parquet")] == before
    assert parts() == []
    assert lake.rows("t") == [{"id": 1}]


def test_what_a_killed_run_left_is_cleaned_by_the_next(lake, s3, bucket, keys, parts, tmp_path):
    """A file that was written, and an upload that was begun and never completed."""
    version = lake.publish("t", "select 1 as id")
    folder = version.table.location() + "/data"
    journal = FileJournal(tmp_path / "dead.files", "dead")
    key = folder.partition(f"{bucket}/")[2]
    for name in ("written.parquet", "begun.parquet", "never.parquet"):
        journal.begun(f"{folder}/{name}", "shop", "t")
    s3.put_object(Bucket=bucket, Key=f"{key}/written.parquet", Body=b"x")
    upload = s3.create_multipart_upload(Bucket=bucket, Key=f"{key}/begun.parquet")["UploadId"]
    s3.upload_part(Bucket=bucket, Key=f"{key}/begun.parquet", UploadId=upload, PartNumber=1, Body=b"y" * 1000)
    other = s3.create_multipart_upload(Bucket=bucket, Key=f"{key}/begun.parquet.of-somebody-else")
    assert len(unsettled(journal.path)) == 3
    deleted = clean_orphans(lake.catalog, journal.path)
    assert sorted(uri.rpartition("/")[2] for uri in deleted) == ["begun.parquet", "written.parquet"]
    assert parts() == [f"{key}/begun.parquet.of-somebody-else"]
    assert not [each for each in keys() if each.endswith(("written.parquet", "begun.parquet"))]
    assert lake.rows("t") == [{"id": 1}]
    s3.abort_multipart_upload(Bucket=bucket, Key=other["Key"], UploadId=other["UploadId"])


def test_stored_files_are_listed_and_deleting_one_leaves_no_folder_object(lake, keys):
    version = lake.publish("t", "select 1 as id")
    found = [each.uri for each in stored(version.table.io, version.table.location())]
    assert version.files[0].file_path in found
    assert version.table.metadata_location in found
    for uri in found:
        version.table.io.delete(uri)
    assert keys() == []
    with pytest.raises(FileNotFoundError):
        version.table.io.delete(found[0])


def test_the_database_for_people_names_the_objects_and_holds_no_secret(lake, tmp_path, s3_server):
    lake.publish("t", "select 1 as id")
    database, path = tmp_path / "floe.duckdb", tmp_path / "out" / "mine.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema shop")
    lake.publish("u", "select 2 as id")
    put_in_place(lake.session, database, path, lake.way)
    with duckdb.connect(str(path), read_only=True) as connection:
        ((sql,),) = connection.execute("select sql from duckdb_views() where view_name = 't'").fetchall()
        assert len(connection.execute("from duckdb_views() where schema_name = 'shop'").fetchall()) == 2
    assert "s3://" in sql
    data = path.read_bytes()
    assert s3_server.secret_access_key.encode() not in data
    assert s3_server.access_key_id.encode() not in data


def test_the_journal_and_the_metadata_hold_no_secret(lake, s3, bucket, keys, s3_server):
    lake.publish("t", "select 1 as id")
    for key in keys():
        assert s3_server.secret_access_key.encode() not in s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    table = lake.session.publisher.load("shop", "t").table
    assert "s3.secret-access-key" not in json.dumps(table.metadata.properties)
