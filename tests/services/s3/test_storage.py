"""Storage `s3` on a real server: its bucket, its health, and what it says when it can't."""

from __future__ import annotations

import threading
import time
import uuid

import pytest
from support.servers.process import free_port

from floe_sdk import FloeError, Secret
from floe_sdk.testing import ANY, Answer, FaultProxy, Slow
from floe_storage_s3.file_io import S3FileIO

SLOW_DOWN = Answer(503, b"<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>")
EXPIRED = Answer(400, b"<Error><Code>ExpiredToken</Code><Message>The token has expired.</Message></Error>")


def planted(value):
    return Secret("planted", value, resolver=lambda each: each.key)


def new_name():
    return f"floe-{uuid.uuid4().hex[:12]}"


def test_a_bucket_that_is_there_is_ready(storage):
    storage().storage_ready(timeout=30)


def test_a_missing_bucket_is_an_error_unless_it_may_be_created(storage, s3):
    name = new_name()
    with pytest.raises(FloeError) as caught:
        storage(bucket=name).storage_ready(timeout=30)
    assert caught.value.code.id == "FLOE-K045"
    assert name in caught.value.problem
    assert "create_bucket" in caught.value.fix
    storage(bucket=name, create_bucket=True).storage_ready(timeout=30)
    storage(bucket=name, create_bucket=True).storage_ready(timeout=30)
    s3.head_bucket(Bucket=name)


def test_eight_make_the_same_bucket_at_once(storage):
    name = new_name()
    made = [storage(bucket=name, create_bucket=True) for _ in range(8)]
    errors, gate = [], threading.Barrier(8)

    def make(one):
        gate.wait()
        try:
            one.storage_ready(timeout=30)
        except Exception as error:  # noqa: BLE001 - whatever it is
            errors.append(error)

    threads = [threading.Thread(target=make, args=(one,)) for one in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_it_waits_for_a_server_that_is_still_starting(storage, s3_server):
    port = free_port()
    late = FaultProxy(s3_server.endpoint, port=port)
    timer = threading.Timer(1.5, late.__enter__)
    timer.start()
    started = time.monotonic()
    try:
        storage(endpoint=f"http://127.0.0.1:{port}").storage_ready(timeout=30)
    finally:
        timer.join()
        late.__exit__(None, None, None)
    assert 1.4 < time.monotonic() - started < 15


def test_the_wait_ends_and_says_what_it_was_for(storage):
    endpoint = f"http://127.0.0.1:{free_port()}"
    started = time.monotonic()
    with pytest.raises(FloeError) as caught:
        storage(endpoint=endpoint, wait_seconds=1).storage_ready(timeout=30)
    assert time.monotonic() - started < 10
    assert caught.value.code.id == "FLOE-K042"
    assert caught.value.exit_code == 4
    assert "waited 1 s" in caught.value.problem
    assert endpoint in caught.value.problem


def test_health_writes_reads_and_deletes_one_object(storage, keys):
    health = storage().plugin_health(timeout=10)
    assert health.ok, health.message
    assert "lake/staging/" in health.message
    assert set(health.details) == {"write_ms", "read_ms", "delete_ms"}
    assert keys() == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            {"secret_access_key": planted("planted-wrong")},
            "the secret is wrong",
        ),
        ({"access_key_id": "nobody"}, "the key is unknown"),
        ({"bucket": "floe-no-such-bucket"}, "the bucket does not exist"),
    ],
)
def test_health_names_what_is_wrong(storage, wrong, said):
    health = storage(**wrong).plugin_health(timeout=10)
    assert not health.ok
    assert "can't write below s3://" in health.message
    assert said in health.message
    assert "planted" not in health.message


def read(storage):
    """What reading an object that isn't there gives, as a query begins."""
    properties = storage.storage_access().file_io
    revealed = {key: value.reveal() if isinstance(value, Secret) else value for key, value in properties.items()}
    with pytest.raises((FloeError, FileNotFoundError)) as caught:
        S3FileIO(revealed).new_input(f"{storage.storage_access().root}t/metadata/1.json").open()
    return caught.value


def test_another_region_than_the_servers_is_named_by_health_by_runs_and_by_queries(storage, s3_server):
    if s3_server.process is None:
        pytest.skip("a server of one's own may take any region")
    elsewhere = storage(region="eu-west-1")
    health = elsewhere.plugin_health(timeout=10)
    assert not health.ok
    assert health.code == "FLOE-K048"
    assert "`region`" in health.fix
    with pytest.raises(FloeError) as caught:
        elsewhere.storage_ready(timeout=30)
    for problem in (health.message, caught.value.problem, read(elsewhere).problem):
        assert "the region is another" in problem
        assert 'expecting "us-east-1"' in problem


def test_a_read_that_is_refused_says_why_though_a_head_has_no_body(storage):
    assert isinstance(read(storage()), FileNotFoundError)
    error = read(storage(secret_access_key=planted("planted-other")))
    assert error.code.id == "FLOE-K043"
    assert "the secret is wrong" in error.problem
    error = read(storage(access_key_id="nobody"))
    assert "the key is unknown" in error.problem


def test_a_user_who_may_not_write_is_told_so(storage, s3_server, bucket):
    reader = s3_server.reader_of(bucket)
    keys = {
        "access_key_id": reader.access_key_id,
        "secret_access_key": planted(reader.secret_access_key),
    }
    health = storage(**keys).plugin_health(timeout=10)
    assert not health.ok
    assert "can't write below s3://" in health.message
    assert "may not" in health.message


def test_health_keeps_its_deadline(storage, proxy):
    proxy.misbehave(Slow(30), ANY, times=None)
    started = time.monotonic()
    health = storage(endpoint=proxy.uri).plugin_health(timeout=3)
    assert not health.ok
    assert "can't write" in health.message
    assert time.monotonic() - started < 8


def test_a_session_that_expired_is_told_as_such(storage, proxy):
    proxy.misbehave(EXPIRED, ANY, times=None)
    health = storage(endpoint=proxy.uri).plugin_health(timeout=10)
    assert not health.ok
    assert "the session has expired" in health.message


def test_a_busy_server_is_asked_again(storage, proxy):
    proxy.misbehave(SLOW_DOWN, ANY, times=2)
    storage(endpoint=proxy.uri).storage_ready(timeout=30)
    assert len(proxy.requests) == 3  # a HEAD that was refused is followed by a request whose answer says why


def test_a_server_that_stays_busy_ends_the_wait(storage, proxy):
    proxy.misbehave(SLOW_DOWN, ANY, times=None)
    with pytest.raises(FloeError) as caught:
        storage(endpoint=proxy.uri, wait_seconds=1).storage_ready(timeout=30)
    assert caught.value.code.id == "FLOE-K047"
    assert "waited 1 s" in caught.value.problem


class EncryptingServer(FaultProxy):
    """Bucket encryption as S3 answers it, before a server that has none."""

    def __init__(self, upstream):
        super().__init__(upstream)
        self.rules = {}

    def respond(self, request):
        if request.query.get("encryption") is None:
            return None
        if request.method == "PUT":
            self.rules[request.path] = request.body
            return Answer(200)
        missing = b"<Error><Code>ServerSideEncryptionConfigurationNotFoundError</Code></Error>"
        rules = self.rules.get(request.path)
        return Answer(200, rules, {"Content-Type": "application/xml"}) if rules else Answer(404, missing)


@pytest.fixture
def encrypting(s3_server):
    with EncryptingServer(s3_server.endpoint) as server:
        yield server


def test_a_bucket_that_is_made_encrypts_as_configured(storage, encrypting):
    kms = {"sse": "aws:kms", "sse_kms_key_id": "alias/lake"}
    usual = {"bucket": new_name(), "create_bucket": True, "endpoint": encrypting.uri}
    storage(**usual, **kms).storage_ready(timeout=30)
    (rules,) = encrypting.rules.values()
    assert b"<SSEAlgorithm>aws:kms</SSEAlgorithm>" in rules
    assert b"alias/lake" in rules
    storage(**usual, **kms).storage_ready(timeout=30)
    with pytest.raises(FloeError) as caught:
        storage(**usual, sse="AES256").storage_ready(timeout=30)
    assert caught.value.code.id == "FLOE-K048"
    assert "encrypts with aws:kms; `sse` asks for AES256" in caught.value.problem


def test_a_bucket_that_does_not_encrypt_is_refused(storage, encrypting):
    with pytest.raises(FloeError) as caught:
        storage(endpoint=encrypting.uri, sse="AES256").storage_ready(timeout=30)
    assert caught.value.code.id == "FLOE-K048"
    assert "encrypts with nothing" in caught.value.problem
