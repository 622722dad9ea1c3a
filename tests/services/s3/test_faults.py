"""What goes wrong between DuckDB and the bucket: nothing is lost, nothing is left, and one error says what it was."""

from __future__ import annotations

import pytest

from floe_sdk import FloeError, Secret
from floe_sdk.testing import Answer, Calls, Cut

SLOW_DOWN = Answer(503, b"<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>")
EXPIRED = Answer(400, b"<Error><Code>ExpiredToken</Code><Message>The token has expired.</Message></Error>")
LARGE = "select i as id, md5(i::varchar) || md5((i + 1)::varchar) as h from range(900000) r(i)"
PARQUET = r"\.parquet"
PART = Calls("PUT", r"\.parquet.*partNumber")


@pytest.fixture
def proxied(make_lake, proxy):
    """A lake that holds one table of one row, reached through the proxy."""
    lake = make_lake(endpoint=proxy.uri)
    lake.publish("t", "select 1 as id, 'x' as h")
    return lake


@pytest.fixture
def nothing_left(proxied, proxy, keys, parts):
    """Checks that the old table stands and nothing of the attempt is left."""
    data = [key for key in keys() if key.endswith(".parquet")]

    def check():
        proxy.behave()
        assert [key for key in keys() if key.endswith(".parquet")] == data
        assert parts() == []
        assert proxied.rows("t") == [{"id": 1, "h": "x"}]

    return check


def test_slow_down_is_tried_again(proxied, proxy):
    proxy.misbehave(SLOW_DOWN, Calls("PUT", PARQUET), times=2)
    proxy.misbehave(SLOW_DOWN, Calls("GET", PARQUET), times=2)
    proxy.misbehave(SLOW_DOWN, Calls("POST", PARQUET), times=1)
    proxied.publish("t", LARGE)
    assert proxied.ask("select count(*) as n from t") == [{"n": 900000}]


def test_a_server_that_stays_busy(proxied, proxy, nothing_left):
    proxy.misbehave(SLOW_DOWN, Calls("PUT", PARQUET), times=None)
    with pytest.raises(FloeError) as caught:
        proxied.publish("t", "select 2 as id, 'y' as h")
    assert caught.value.code.id == "FLOE-K047"
    assert caught.value.problem.startswith("can't write ")
    assert "/shop/t/data/" in caught.value.problem
    nothing_left()


def test_a_connection_cut_in_the_middle_of_an_upload_is_mended(proxied, proxy, parts):
    proxy.misbehave(Cut("request", 100_000), PART, times=1)
    proxied.publish("t", LARGE)
    assert proxied.ask("select count(distinct h) as n from t") == [{"n": 900000}]
    assert parts() == []


def test_connections_that_are_always_cut_leave_no_parts(proxied, proxy, nothing_left):
    cut = proxy.misbehave(Cut("request", 100_000), PART, times=None)
    with pytest.raises(FloeError) as caught:
        proxied.publish("t", LARGE)
    assert cut.used > 1
    assert caught.value.problem.startswith("can't write ")
    assert caught.value.code.id in ("FLOE-K042", "FLOE-K047")
    nothing_left()


def test_a_session_that_expires_in_the_middle(proxied, proxy, nothing_left):
    proxy.misbehave(EXPIRED, Calls("PUT", PARQUET), times=None)
    with pytest.raises(FloeError) as caught:
        proxied.publish("t", "select 2 as id, 'y' as h")
    assert caught.value.code.id == "FLOE-K043"
    assert "the session has expired" in caught.value.problem
    nothing_left()


def test_a_server_that_stops_before_the_file(proxied, proxy, nothing_left):
    proxy.misbehave(Cut(), Calls("PUT", PARQUET), times=None)
    with pytest.raises(FloeError) as caught:
        proxied.publish("t", "select 2 as id, 'y' as h")
    assert caught.value.code.id in ("FLOE-K042", "FLOE-K047")
    assert "/shop/t/data/" in caught.value.problem
    nothing_left()


def test_a_server_that_refuses_the_metadata(proxied, proxy, nothing_left):
    proxy.misbehave(SLOW_DOWN, Calls("PUT", r"/metadata/"), times=None)
    proxy.misbehave(SLOW_DOWN, Calls("POST", r"/metadata/"), times=None)
    with pytest.raises(FloeError) as caught:
        proxied.publish("t", "select 2 as id, 'y' as h")
    assert caught.value.code.id == "FLOE-K047"
    nothing_left()


def test_an_object_that_is_gone(lake, s3, bucket):
    version = lake.publish("t", "select 1 as id")
    uri = version.files[0].file_path
    s3.delete_object(Bucket=bucket, Key=uri.partition(f"{bucket}/")[2])
    with pytest.raises(FloeError) as caught:
        lake.ask("select * from t")
    assert caught.value.code.id == "FLOE-K007"
    assert uri.rpartition("/")[2] in caught.value.problem


def test_a_bucket_that_is_gone(lake, s3, bucket, keys):
    lake.publish("t", "select 1 as id")
    for key in keys():
        s3.delete_object(Bucket=bucket, Key=key)
    s3.delete_bucket(Bucket=bucket)
    with pytest.raises(FloeError) as caught:
        lake.publish("u", "select 1 as id")
    assert caught.value.code.id == "FLOE-K045"
    assert "can't write" in caught.value.problem


def test_a_wrong_secret(make_lake, keys):
    wrong = Secret("planted", "planted-wrong", resolver=lambda each: each.key)
    with pytest.raises(FloeError) as caught:
        make_lake(secret_access_key=wrong).publish("t", "select 1 as id")
    assert caught.value.code.id == "FLOE-K043"
    assert "the secret is wrong" in caught.value.problem
    assert "planted" not in caught.value.render()
    assert keys() == []


def test_a_user_who_may_not_write(make_lake, s3_server, bucket, keys):
    reader = s3_server.reader_of(bucket)
    value = Secret("planted", reader.secret_access_key, resolver=lambda each: each.key)
    limited = make_lake(access_key_id=reader.access_key_id, secret_access_key=value)
    with pytest.raises(FloeError) as caught:
        limited.publish("t", "select 1 as id")
    assert caught.value.code.id == "FLOE-K044"
    assert "can't write" in caught.value.problem
    assert f"{bucket}/lake/staging/shop/t/data/" in caught.value.problem
    assert keys() == []
