"""Real servers, one of each for the session; every test has a bucket, a database and names of its own."""

from __future__ import annotations

import os
import uuid

import pytest
from support.forking import Forks
from support.killing import MODULES
from support.lakes import CLIENTS
from support.polaris_fixtures import admin, catalog, polaris, proxied, target  # noqa: F401 - fixtures of these tests
from support.polaris_given import described, is_given
from support.servers import iceberg_rest, postgres, versitygw
from support.servers import jaeger as jaeger_server
from support.servers import kafka as kafka_server
from support.servers.install import Unavailable
from support.teams import Team

MINIMUM_TESTS = 412
"""What `make test-services` must have passed at least; it goes up as tests arrive, so that none gets lost unseen."""

REQUIRED = os.environ.get("FLOE_REQUIRE_SERVICES") == "1"
_servers = {}
_passed = set()


def pytest_report_header(config):
    """Which Polaris a session runs against, where one is given; one that can't be tested ends it here."""
    if not is_given() or hasattr(config, "workerinput"):
        return []
    return described()


def pytest_collection_modifyitems(items):
    """`-m polaris`: what runs against a Polaris whose address is given."""
    for item in items:
        if "target" in getattr(item, "fixturenames", ()):
            item.add_marker("polaris")


def available(start, *arguments):
    """What `start` gives. A server that can't be had is a skip, or a failure with FLOE_REQUIRE_SERVICES=1."""
    try:
        return start(*arguments)
    except Unavailable as error:
        (pytest.fail if REQUIRED else pytest.skip)(str(error))


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory):
    """An S3 endpoint: `FLOE_TEST_S3_ENDPOINT`, or else a versitygw."""
    server = available(versitygw.start, tmp_path_factory.mktemp("s3"))
    yield server
    _stop(server)


@pytest.fixture
def bucket(s3_server):
    """The name of an empty bucket."""
    return s3_server.new_bucket()


@pytest.fixture(scope="session")
def rest_catalog(s3_server, tmp_path_factory):
    """The reference server of Iceberg's REST protocol, on `s3_server`."""
    server = available(iceberg_rest.start, tmp_path_factory.mktemp("rest"), s3_server)
    yield server
    _stop(server)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory):
    """A PostgreSQL."""
    server = available(postgres.start, tmp_path_factory.mktemp("postgres") / "postgres.log")
    yield server
    server.close()


@pytest.fixture(scope="session")
def kafka(tmp_path_factory):
    """A Kafka."""
    server = available(kafka_server.start, tmp_path_factory.mktemp("kafka"))
    yield server
    _stop(server)


@pytest.fixture(scope="session")
def jaeger(tmp_path_factory):
    """A Jaeger, which also takes metrics and logs."""
    server = available(jaeger_server.start, tmp_path_factory.mktemp("jaeger"))
    yield server
    _stop(server)


@pytest.fixture(scope="session")
def forks():
    """Runs of the command on S3 and Polaris, without the seconds of its imports."""
    with Forks(*MODULES, *CLIENTS) as made:
        yield made


@pytest.fixture
def database(postgres_server):
    """The name of an empty database."""
    return postgres_server.new_database()


@pytest.fixture
def team(tmp_path, postgres_server, database, monkeypatch):
    """Platforms whose catalog is a database of the PostgreSQL."""
    monkeypatch.setenv("LAKE_PASSWORD", postgres_server.password)
    made = Team(tmp_path, postgres_server, database)
    yield made
    made.close()


@pytest.fixture
def unique():
    """A name that no other test uses, good for namespaces, products and users."""
    return f"t{uuid.uuid4().hex[:10]}"


def _stop(server):
    if server.process:
        server.process.stop()


@pytest.hookimpl(hookwrapper=True)
def pytest_fixture_setup(fixturedef, request):
    outcome = yield
    if outcome.excinfo is None and getattr(fixturedef.cached_result[0], "process", None):
        _servers[fixturedef.argname] = fixturedef.cached_result[0].process


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    item.stash[_STARTS] = {name: _size(process.log) for name, process in _servers.items()}
    yield


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for name in set(item.fixturenames) & set(_servers):
            process, start = _servers[name], item.stash[_STARTS].get(name, 0)
            report.sections.append((f"{process.log} of {name}", process.tail(start)))


def pytest_runtest_logreport(report):
    if report.when == "call" and report.passed:
        _passed.add(report.nodeid)


def pytest_sessionfinish(session):
    options = session.config.option
    chosen = (
        options.keyword or options.markexpr or any("::" in each or each.endswith(".py") for each in options.file_or_dir)
    )
    if REQUIRED and not chosen and not hasattr(session.config, "workerinput") and len(_passed) < MINIMUM_TESTS:
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        reporter.line(f"\n{len(_passed)} tests passed, and at least {MINIMUM_TESTS} must (MINIMUM_TESTS)", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


_STARTS = pytest.StashKey()


def _size(path):
    return path.stat().st_size if path.exists() else 0
