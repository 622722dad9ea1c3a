"""Runs whose keys for the tables come from the catalog, and end while the run goes on."""

from __future__ import annotations

import re
import signal

import pytest
from support.lakes import Lake, Place
from support.vending import Handed

from floe_sdk.testing import Answer, Calls, FaultProxy, Slow
from floe_sdk.testing.polaris_wire import COMMIT, LOAD_TABLE

SECONDS = 8
FILES = {
    "models/orders.sql": "select o.*, name from {{ ref('stg_orders') }} o join {{ ref('regions') }} using (region)"
}
UPLOAD_OF_ORDERS = Calls("PUT", r"/orders/data/.*\.parquet")
COMMIT_OF_REGIONS = Calls(COMMIT.method, r"/tables/regions$")


@pytest.fixture
def lasting():
    """For how many seconds keys are good."""
    return SECONDS


@pytest.fixture
def handed(s3_server, lasting):
    with Handed(s3_server, lasting) as made:
        yield made


@pytest.fixture
def proxy(s3_server):
    with FaultProxy(s3_server.endpoint) as made:
        yield made


@pytest.fixture
def lake(s3_server, rest_catalog, handed, proxy):
    made = Lake(s3_server, rest_catalog, endpoint=proxy.uri, vends=handed)
    handed.bucket = made.bucket
    with made.polaris:
        yield made


@pytest.fixture
def make(lake, tmp_path, unique):
    def place(way="auto"):
        return Place(lake, tmp_path / "lake", unique, FILES, way=way, keys=False)

    return place


@pytest.mark.parametrize(("way", "step"), [("httpfs", "commit"), ("pyarrow", "upload")])
def test_a_run_that_outlives_its_keys_gets_others(make, lake, proxy, handed, forks, way, step):
    """They end while a table is committed, or when its file has gone up, before its manifests do."""
    place = make(way)
    server, call = (lake.polaris, COMMIT_OF_REGIONS) if step == "commit" else (proxy, UPLOAD_OF_ORDERS)
    slow = server.misbehave(Slow(SECONDS + 1, after=True), call)
    status, output, _ = forks.run("run", cwd=place.product, **place.environment)
    assert status == 0, output
    assert slow.used == 1
    assert len(handed.given) >= 2
    assert {name: len(rows) for name, rows in place.evidence.tables().items()} == {
        "orders": 3,
        "regions": 2,
        "totals": 2,
    }
    assert place.evidence.unreferred() == []
    assert place.evidence.journals() == []


def test_keys_that_are_not_renewed_end_the_run_with_one_error(make, lake, handed, forks):
    place = make()
    lake.polaris.misbehave(Slow(SECONDS + 1), COMMIT_OF_REGIONS)
    handed.most = 1
    status, output, _ = forks.run("run", cwd=place.product, **place.environment)
    assert status == 1, output
    assert output.count("error[FLOE-") == 1, output
    told = r"error\[FLOE-K043\]: .*(keys|credentials) .*for .* ended at \d\d:\d\d:\d\d UTC"
    assert re.search(told, output), output
    assert handed.given[0].secret_access_key not in output
    handed.most = None
    status, output, _ = forks.run("run", cwd=place.product, **place.environment)
    assert status == 0, output
    assert place.evidence.unreferred() == []


def test_a_catalog_that_is_away_when_they_end_is_named(make, lake, forks):
    place = make()
    status, output, _ = forks.run("run", cwd=place.product, **place.environment)
    assert status == 0, output
    lake.polaris.misbehave(Slow(SECONDS + 1), COMMIT_OF_REGIONS)
    lake.polaris.misbehave(Answer(503), Calls(LOAD_TABLE.method, r"/tables/regions$"), times=None, after=1)
    status, output, _ = forks.run("run", cwd=place.product, **place.environment)
    assert status == 1, output
    assert output.count("error[FLOE-") == 1, output
    assert f"the catalog's server at {lake.polaris.uri} is not well" in output
    lake.polaris.behave()
    assert {name: len(rows) for name, rows in place.evidence.tables().items()}["regions"] == 2


@pytest.mark.parametrize("lasting", [600])
def test_what_a_killed_run_left_of_a_new_table_is_cleaned_with_the_catalogs_keys(make, forks):
    place = make()
    run = {"cwd": place.product, **place.environment}
    status, output, _ = forks.run("run", FLOE_FAULT="before-commit:orders", **run)
    assert status == -signal.SIGKILL, output
    assert [uri for uri in place.evidence.unreferred() if "/orders/" in uri]
    status, output, _ = forks.run("run", **run)
    assert status == 0, output
    assert place.evidence.unreferred() == []
    assert place.evidence.journals() == []
