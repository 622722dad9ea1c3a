"""A server that is away when files are read or written: waited for a little, and then said."""

from __future__ import annotations

import socket
import threading
import time

import pytest
from support.servers.process import free_port

from floe_sdk import FloeError
from floe_sdk.testing import FaultProxy
from floe_storage_s3.file_io import S3FileIO


@pytest.fixture
def io_at(s3_server):
    """A FileIO of the server's keys, at another address."""

    def make(port):
        keys = {"s3.access-key-id": s3_server.access_key_id, "s3.secret-access-key": s3_server.secret_access_key}
        return S3FileIO({"s3.endpoint": f"http://127.0.0.1:{port}", "s3.region": "us-east-1", **keys})

    return make


def read(io):
    return io.new_input("s3://floe-lake/t/metadata/1.json").open()


def exists(io):
    return io.new_input("s3://floe-lake/t/metadata/1.json").exists()


def write(io):
    return io.new_output("s3://floe-lake/t/metadata/1.json").create(overwrite=True)


def problem_of(do, io):
    started = time.monotonic()
    with pytest.raises(FloeError) as caught:
        do(io)
    assert caught.value.code.id == "FLOE-K042"
    assert caught.value.exit_code == 4
    return caught.value.problem, time.monotonic() - started


def test_an_outage_is_said_after_ten_seconds_and_at_once_for_other_files(io_at):
    port = free_port()
    problem, took = problem_of(read, io_at(port))
    told = f"the server can't be reached: http://127.0.0.1:{port} is away for 10 s: Connection refused"
    assert problem == f"can't read s3://floe-lake/t/metadata/1.json: {told}"
    assert 9 < took < 20
    for do, operation in ((write, "write"), (exists, "look for"), (read, "read")):
        problem, took = problem_of(do, io_at(port))  # of another table
        assert problem.startswith(f"can't {operation} s3://floe-lake/t/metadata/1.json: ")
        assert took < 5


def test_a_server_that_takes_connections_and_says_nothing_is_one_that_is_away(io_at):
    with socket.create_server(("127.0.0.1", 0), backlog=20) as silent:
        problem, took = problem_of(read, io_at(silent.getsockname()[1]))
    assert "no answer within 5 s" in problem
    assert took < 25


def test_a_server_that_starts_again_is_waited_for(io_at, s3_server, bucket):
    port = free_port()
    late = FaultProxy(s3_server.endpoint, port=port)
    timer = threading.Timer(2, late.__enter__)
    timer.start()
    try:
        with io_at(port).new_output(f"s3://{bucket}/there").create() as target:
            target.write(b"rows")
    finally:
        timer.join()
        late.__exit__(None, None, None)
    assert s3_server.client.get(bucket, "there") == b"rows"
