"""The servers themselves: that they answer, keep tests apart, and leave nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest
from pyiceberg.catalog import load_catalog
from support.servers import iceberg_rest, install, versitygw
from support.servers.process import Process, ServerFailed, processes
from support.servers.s3_client import S3Client, S3Error

TESTS = Path(__file__).parent.parent


def test_s3_keeps_objects_and_refuses_a_wrong_secret(s3_server, bucket):
    s3_server.client.put(bucket, "a folder/é.txt", b"hello")
    assert s3_server.client.get(bucket, "a folder/é.txt") == b"hello"
    assert s3_server.client.keys(bucket) == ["a folder/é.txt"]
    stranger = S3Client(s3_server.endpoint, s3_server.access_key_id, "wrong")
    with pytest.raises(S3Error) as caught:
        stranger.get(bucket, "a folder/é.txt")
    assert caught.value.status == 403


def test_a_reader_may_read_its_bucket_and_nothing_else(s3_server, bucket):
    s3_server.client.put(bucket, "x", b"1")
    other = s3_server.new_bucket()
    reader = s3_server.reader_of(bucket)
    assert reader.get(bucket, "x") == b"1"
    for forbidden in (lambda: reader.put(bucket, "y", b"2"), lambda: reader.keys(other)):
        with pytest.raises(S3Error) as caught:
            forbidden()
        assert caught.value.status == 403


def test_tables_of_the_rest_catalog_are_on_s3(rest_catalog, s3_server, unique):
    keys = {"s3.endpoint": s3_server.endpoint, "s3.region": s3_server.region}
    keys |= {"s3.access-key-id": s3_server.access_key_id, "s3.secret-access-key": s3_server.secret_access_key}
    catalog = load_catalog("rest", type="rest", uri=rest_catalog.uri, **keys)
    catalog.create_namespace(unique)
    table = catalog.create_table((unique, "t"), schema=pa.schema([("x", pa.int64())]))
    table.append(pa.table({"x": [1, 2, 3]}))
    with rest_catalog.process.stopped():
        pass
    again = catalog.load_table((unique, "t"))
    assert again.location().startswith("s3://")
    assert again.scan().to_arrow()["x"].to_pylist() == [1, 2, 3]
    catalog.close()


def test_postgres_keeps_what_was_committed_when_it_is_stopped(postgres_server, database):
    postgres_server.execute("create table t as select 42 as x", database)
    with postgres_server.process.stopped(), pytest.raises(psycopg.OperationalError):
        postgres_server.execute("select x from t", database)
    assert postgres_server.execute("select x from t", database) == [(42,)]


def test_a_program_that_ends_at_once_is_told_with_its_log(tmp_path):
    command = [sys.executable, "-c", "print('no such bucket'); raise SystemExit(3)"]
    with pytest.raises(ServerFailed, match=r"(?s)ended with 3.*no such bucket"):
        Process("broken", command, tmp_path / "log", lambda: False).start()


def test_a_program_that_never_answers_is_ended_with_its_children(tmp_path, monkeypatch):
    monkeypatch.setattr("support.servers.process.START_SECONDS", 1)
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])"
    process = Process("silent", [sys.executable, "-c", code], tmp_path / "log", lambda: False)
    with pytest.raises(ServerFailed, match="did not answer within 1 s"):
        process.start()
    assert _gone([process.mark])


KILLED = """
import sys, time
from pathlib import Path
from support.servers import iceberg_rest, postgres, versitygw
folder = Path(sys.argv[1])
s3 = versitygw.start(folder / "s3")
servers = [s3, iceberg_rest.start(folder / "rest", s3), postgres.start(folder / "pg.log")]
print(*[each.process.mark for each in servers if each.process], servers[-1].folder, flush=True)
time.sleep(600)
"""


def test_servers_end_with_the_process_that_started_them_however_it_ends(
    s3_server, rest_catalog, postgres_server, tmp_path
):
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as parent:
        *marks, folder = parent.stdout.readline().split()
        assert all(processes(mark) for mark in marks)
        parent.kill()
    assert _gone(marks)
    subprocess.run(["rm", "-rf", folder], check=True)


def _gone(marks):
    deadline = time.monotonic() + 20
    while any(processes(mark) for mark in marks) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not any(processes(mark) for mark in marks)


def test_an_installation_is_whole_or_not_there(tmp_path, monkeypatch):
    monkeypatch.setenv("FLOE_SERVERS_DIR", str(tmp_path / "cache"))

    def half(folder):
        (folder / "half").touch()
        raise install.Unavailable("the registry is not reachable")

    with pytest.raises(install.Unavailable, match="registry"):
        install.installed("thing", "1", half)
    folder = install.installed("thing", "1", lambda folder: (folder / "whole").touch())
    assert folder == tmp_path / "cache" / "thing-1"
    assert [path.name for path in folder.iterdir()] == ["whole"]
    assert [path.name for path in (tmp_path / "cache").iterdir() if path.is_dir()] == ["thing-1"]
    assert install.installed("thing", "1", half) == folder, "asked again although it is there"


BUILD = """
import sys, time
from support.servers.install import installed
def build(folder):
    with open(sys.argv[1], "a") as log: log.write("built ")
    time.sleep(0.5)
print(installed("thing", "1", build))
"""


def test_two_checkouts_do_not_build_at_once(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(TESTS), "FLOE_SERVERS_DIR": str(tmp_path)}
    command = [sys.executable, "-c", BUILD, str(tmp_path / "log")]
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert {each.communicate()[0].strip() for each in both} == {str(tmp_path / "thing-1")}
    assert (tmp_path / "log").read_text() == "built "


@pytest.mark.parametrize(("module", "command"), [(versitygw, "go"), (iceberg_rest, "java"), (iceberg_rest, "mvn")])
def test_a_missing_tool_is_named_with_what_to_do(module, command, tmp_path, monkeypatch):
    monkeypatch.setenv("FLOE_SERVERS_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "bin"
    folder.mkdir()
    if command == "mvn":
        (folder / "java").symlink_to(iceberg_rest.java())
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(install.Unavailable, match=f"there is no command `{command}`. Install"):
        module.install()


SUITE = """
import pytest, sys
from support.servers import versitygw
from support.servers.install import Unavailable
def start(folder):
    raise Unavailable("there is no command `go`")
versitygw.start = start
sys.exit(pytest.main([sys.argv[1], "-p", "no:cacheprovider", "-rs", "-k", "refuses_a_wrong_secret"]))
"""


@pytest.mark.parametrize(("required", "code", "told"), [("", 0, "1 skipped"), ("1", 1, "1 error")])
def test_a_server_that_can_not_be_had_is_a_skip_or_a_failure_with_the_reason(required, code, told):
    environment = {**os.environ, "PYTHONPATH": str(TESTS), "FLOE_REQUIRE_SERVICES": required}
    command = [sys.executable, "-c", SUITE, __file__]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=TESTS.parent)
    assert done.returncode == code, done.stdout
    assert told in done.stdout
    assert "there is no command `go`" in done.stdout


def test_a_lane_that_lost_its_tests_fails(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(TESTS), "FLOE_REQUIRE_SERVICES": "1"}
    command = [sys.executable, "-m", "pytest", "tests/services", "-p", "no:cacheprovider"]
    command += [f"--ignore={path}" for path in TESTS.glob("services/**/test_*.py")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=TESTS.parent)
    assert "0 tests passed, and at least" in done.stdout
    assert done.returncode == 1
