"""kill -9 of real runs whose tables are on S3 and in a REST catalog: nothing is lost, and the next run cleans up."""

from __future__ import annotations

import sys

import pytest
from support.killing import FILES, HEAD, Crashes
from support.lakes import Lake, Place

from floe_sdk.runtime.recovery.faults import POINTS
from floe_sdk.testing import Calls, Fault, FaultProxy
from floe_sdk.testing.polaris_wire import COMMIT

OF_A_NODE = [point for point in POINTS if point not in ("during-commit", "during-flush")]
"""`during-commit` is between two steps of a catalog in a database; a server's is its answer that does not come."""

BEFORE = ("after-start", "during-copy", "after-file", "before-commit")
LARGE = "select i + {generation} as id, md5(i::varchar) || md5((i + 1)::varchar) as h from range(900000) r(i)"


class Silent(Fault):
    """The server does what it was asked, or not, and the client waits for an answer; `marker` says when it does."""

    def __init__(self, marker, *, done):
        self.marker, self.done = marker, done

    def apply(self, exchange):
        exchange.read()
        if self.done:
            exchange.forward()
        self.marker.write_text("no answer")
        exchange.wait(20)
        exchange.cut()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("killed")


@pytest.fixture(scope="module")
def lake(s3_server, rest_catalog):
    made = Lake(s3_server, rest_catalog)
    with made.polaris:
        yield made


@pytest.fixture(scope="module")
def crashes(lake, forks, folder):
    made = Crashes(Place(lake, folder / "one", "killed_one", FILES), forks)
    yield made
    sys.stdout.write("\n".join(["", *HEAD, *made.lines, ""]))


def waiting(marker):
    """When to kill: as soon as the client waits for an answer that `Silent` holds back."""
    return {"kill_after": 0, "kill_from": (str(marker.parent), marker.name, "no answer")}


@pytest.mark.parametrize("point", OF_A_NODE)
def test_a_node_that_is_killed(crashes, point):
    new = crashes.killed(f"{point}, orders", FLOE_FAULT=f"{point}:orders")
    assert ("orders" in new) == (point not in BEFORE)


@pytest.mark.parametrize("point", ["after-file", "after-commit"])
def test_an_append_that_is_killed(crashes, point):
    new = crashes.killed(f"{point}, events", FLOE_FAULT=f"{point}:events")
    assert ("events" in new) == (point not in BEFORE)


@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
def test_a_commit_without_an_answer_that_is_killed(crashes, lake, tmp_path, done):
    marker = tmp_path / "marker"
    commit_of_orders = Calls(COMMIT.method, r"/tables/orders$")
    lake.polaris.misbehave(Silent(marker, done=done), commit_of_orders)
    said = "done" if done else "not done"
    new = crashes.killed(f"waiting for the answer to the commit of orders, which is {said}", **waiting(marker))
    assert ("orders" in new) == done


def test_a_flush_that_is_killed(crashes):
    new = crashes.killed("during-flush, lineage", FLOE_FAULT="during-flush:lineage")
    assert "orders" in new


def test_the_tables_are_those_of_an_undisturbed_run(crashes, lake, folder):
    crashes.check_twin(Place(lake, folder / "twin", "killed_twin", FILES))


def ids(place):
    """The least and the greatest of the table `big`, and how many there are."""
    found = dict(place.evidence.each())["big"].scan(selected_fields=("id",)).to_arrow()["id"].unique().to_pylist()
    return min(found), max(found), len(found)


@pytest.mark.parametrize("way", ["httpfs", "pyarrow"])
def test_an_upload_in_parts_that_is_killed(s3_server, rest_catalog, forks, tmp_path, unique, way):
    with FaultProxy(s3_server.endpoint) as proxy:
        lake = Lake(s3_server, rest_catalog, endpoint=proxy.uri)
        with lake.polaris:
            place = Place(lake, tmp_path / "lake", unique, {"models/big.sql": LARGE.format(generation=0)}, way=way)
            run = {"cwd": place.product, **place.environment}
            assert forks.run("run", **run)[0] == 0
            before, rows = place.evidence.stored(), ids(place)
            assert rows == (0, 899999, 900000)
            (place.product / "models/big.sql").write_text(LARGE.format(generation=1))
            proxy.misbehave(Silent(tmp_path / "marker", done=True), Calls("PUT", r"\.parquet.*partNumber"))
            status, output, _ = forks.run("run", "--select", "big", **run, **waiting(tmp_path / "marker"))
            assert status == -9, output
            assert [each for each in place.evidence.stored() - before if ".parquet (an upload" in each]
            assert ids(place) == rows
            status, output, _ = forks.run("run", **run)
            assert status == 0, output
            assert place.evidence.unreferred() == []
            assert (place.evidence.journals(), place.evidence.private(), place.evidence.open_starts()) == ([], [], [])
            place.evidence.check_lineage()
            assert ids(place) == (1, 900000, 900000)
