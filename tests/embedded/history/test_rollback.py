"""`floe tables --history` and `floe rollback` as a user types them."""

from __future__ import annotations

import json
import os
import pty
import re
import resource
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from support.products import make_product
from support.tables import bare_catalog

from floe_compute_duckdb.writing import publish
from floe_sdk.cli.app import run
from floe_sdk.compilation.resolve import load_platform
from floe_sdk.project.resolve import resolve
from floe_sdk.runtime.publishing.publisher import CatalogPublisher
from floe_sdk.runtime.recovery.file_journal import FileJournal
from floe_sdk.runtime.recovery.lock import product_lock

VERSIONS = {
    "run-1": "select 1::bigint as id, 'one' as name",
    "run-2": "select i::bigint as id, 'many' as name, 0.5::double as share from range(3) r(i)",
    "run-3": "select i::bigint as id from range(5) r(i)",
}


@pytest.fixture
def product(tmp_path):
    """A product whose table shop.orders three runs have replaced, each with other columns."""
    folder = make_product(tmp_path)
    for run_id, query in VERSIONS.items():
        publish_as(folder, run_id, query)
    return folder


def publish_as(folder, run_id, query):
    with load_platform(resolve(folder / "floe.yaml")) as platform, duckdb.connect() as connection:
        storage = platform.storage.storage_access()
        catalog = platform.catalog.catalog_connect(storage=storage)
        publisher = CatalogPublisher(catalog, storage, run_id, FileJournal(folder.parent / f"journal-{run_id}", run_id))
        publish(connection.execute, publisher.begin("shop", "orders", "model.shop.orders"), query, removed=None)


def bare(folder):
    """The table as bare PyIceberg reads it."""
    with bare_catalog(folder.parent / ".floe" / "dev") as catalog:
        return catalog.load_table(("shop", "orders")).scan().to_arrow()


@pytest.fixture
def floe(product, capfd):
    def call(*arguments, code=0):
        capfd.readouterr()
        found = run([str(each) for each in arguments])
        out, call.err = capfd.readouterr()
        assert found == code, (out, call.err)
        assert "Traceback" not in out + call.err
        return out

    return call


def history(floe, product):
    return json.loads(floe("tables", product, "--history", "orders", "--json"))


def test_the_history_is_told_newest_first(floe, product):
    snapshots = history(floe, product)["snapshots"]
    assert [(each["run_id"], each["rows"], each["state"]) for each in snapshots] == [
        ("run-3", 5, "current"),
        ("run-2", 3, "past"),
        ("run-1", 1, "past"),
    ]
    assert {each["node_id"] for each in snapshots} == {"model.shop.orders"}
    lines = floe("tables", "--history", "shop.orders", product).splitlines()
    assert lines[0].split() == ["SNAPSHOT", "STATE", "COMMITTED", "OPERATION", "ROWS", "RUN", "NODE"]
    assert lines[1].split()[1] == "current"
    assert len(lines) == 4


def test_readers_see_the_old_table_with_its_old_columns(floe, product):
    floe("rollback", "orders", product, "--to", "run-1", "--yes")
    assert bare(product).to_pylist() == [{"id": 1, "name": "one"}]
    assert json.loads(floe("query", "from orders", "--product", product, "--format", "json")) == [
        {"id": 1, "name": "one"}
    ]


def test_a_rollback_is_recorded_and_can_be_undone(floe, product):
    first, *_, last = reversed(history(floe, product)["snapshots"])
    floe("rollback", "shop.orders", product, "--to", first["snapshot_id"], "-y")
    told = history(floe, product)
    assert [each["state"] for each in told["snapshots"]] == ["left", "left", "current"]
    assert [(each["from"], each["to"]) for each in told["rollbacks"]] == [(last["snapshot_id"], first["snapshot_id"])]
    assert "rolled back 20" in floe("tables", product, "--history", "orders")
    floe("rollback", "orders", product, "--to", last["snapshot_id"], "--yes")
    assert bare(product).to_pylist() == [{"id": number} for number in range(5)]
    assert [each["state"] for each in history(floe, product)["snapshots"]] == ["current", "past", "past"]
    assert len(history(floe, product)["rollbacks"]) == 2


def test_publishing_goes_on_from_the_old_table(floe, product):
    floe("rollback", "orders", product, "--to", "run-2", "--yes")
    publish_as(product, "run-4", "select 9::bigint as id, 'nine' as name, 1::double as share, true as extra")
    assert bare(product).to_pylist() == [{"id": 9, "name": "nine", "share": 1.0, "extra": True}]
    states = {each["run_id"]: each["state"] for each in history(floe, product)["snapshots"]}
    assert states == {"run-4": "current", "run-3": "left", "run-2": "past", "run-1": "past"}


def test_the_begin_of_a_runs_id_stands_for_it_where_it_is_of_one_run(floe, product):
    for number, run_id in enumerate(("01a217e8-1", "01a217e9-2")):
        publish_as(product, run_id, f"select {number}::bigint as id")
    floe("rollback", "orders", product, "--to", "01a217e", "--yes", code=2)
    assert "did you mean 01a217e8-1 or 01a217e9-2?" in floe.err
    floe("rollback", "orders", product, "--to", "01a2", "--yes", code=2)
    floe("rollback", "orders", product, "--to", "01a217e8", "--yes")
    assert bare(product).to_pylist() == [{"id": 0}]


def test_a_dry_run_changes_nothing(floe, product):
    before = history(floe, product)
    out = floe("rollback", "orders", product, "--to", "run-1", "--dry-run")
    assert "5 rows" in out
    assert ": 1 row, " in out
    assert "nothing was changed" in out
    told = json.loads(floe("rollback", "orders", product, "--to", "run-1", "--dry-run", "--json"))
    assert (told["from"]["run_id"], told["to"]["run_id"], told["rolled_back"]) == ("run-3", "run-1", False)
    assert history(floe, product) == before


def test_the_current_snapshot_is_no_change(floe, product):
    before = history(floe, product)
    assert "at that snapshot already" in floe("rollback", "orders", product, "--to", "run-3", "--yes")
    assert history(floe, product) == before


def test_nobody_is_asked_without_a_terminal(floe, product):
    floe("rollback", "orders", product, "--to", "run-1", code=2)
    assert "--yes" in floe.err
    assert bare(product).num_rows == 5


@pytest.mark.parametrize(("answer", "rows"), [("y\n", 1), ("n\n", 5), ("\n", 5)])
def test_in_a_terminal_it_asks(product, answer, rows):
    terminal, end = pty.openpty()
    command = [sys.executable, "-m", "floe_sdk", "rollback", "orders", "--to", "run-1"]
    os.write(terminal, answer.encode())
    done = subprocess.run(command, cwd=product, stdin=end, capture_output=True, text=True, timeout=60, check=False)
    os.close(end)
    os.close(terminal)
    assert done.returncode == 0, done.stderr
    assert "Roll back? [y/N]" in done.stdout
    assert bare(product).num_rows == rows


def test_an_unknown_snapshot_is_told_with_those_that_are_there(floe, product):
    snapshot = history(floe, product)["snapshots"][0]["snapshot_id"]
    floe("rollback", "orders", product, "--to", f"{snapshot}"[:-1], "--yes", code=2)
    assert "FLOE-K070" in floe.err
    assert f"did you mean {snapshot}?" in floe.err
    floe("rollback", "orders", product, "--to", "run-9", "--yes", code=2)
    assert "did you mean run-" in floe.err
    assert str(snapshot) in floe.err


def test_an_unknown_table_is_told_with_the_nearest(floe, product):
    for arguments in (["rollback", "ordrs", product, "--to", "run-1"], ["tables", "--history", "ordrs", product]):
        floe(*arguments, code=2)
        assert "FLOE-K006" in floe.err
        assert "did you mean orders?" in floe.err


def test_a_snapshot_whose_files_are_gone_is_refused(floe, product):
    floe("rollback", "orders", product, "--to", "run-1", "--yes")
    [file] = [Path(uri) for uri in bare_files(product)]
    floe("rollback", "orders", product, "--to", "run-3", "--yes")
    file.unlink()
    floe("rollback", "orders", product, "--to", "run-1", "--yes", code=1)
    assert "FLOE-K071" in floe.err
    assert file.name in floe.err
    assert bare(product).num_rows == 5


def bare_files(folder):
    with bare_catalog(folder.parent / ".floe" / "dev") as catalog:
        tasks = catalog.load_table(("shop", "orders")).scan().plan_files()
        return [task.file.file_path.removeprefix("file://") for task in tasks]


def test_a_run_holds_the_product(floe, product):
    with product_lock(product / ".floe"):
        floe("rollback", "orders", product, "--to", "run-1", "--yes", code=1)
    assert "FLOE-R001" in floe.err
    assert bare(product).num_rows == 5


def test_a_full_disk_names_the_file_and_leaves_nothing_of_it(product, floe):
    """Held by a limit on the size of files, as no disk can be made everywhere."""
    before, files = bare(product), set((product.parent / ".floe").rglob("*.json"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        floe("rollback", "orders", product, "--to", "run-1", "--yes", code=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert re.search(r"error: \S+/metadata/\S+\.metadata\.json: File too large\n  fix: make room", floe.err)
    assert (bare(product), set((product.parent / ".floe").rglob("*.json"))) == (before, files)
