"""`floe tables` and `floe query` as a user types them; no compile, no run, no dbt."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import subprocess
import sys

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.products import make_product

from floe_compute_duckdb.writing import publish
from floe_sdk.cli.app import run
from floe_sdk.compilation.resolve import load_platform
from floe_sdk.project.resolve import resolve
from floe_sdk.runtime.publishing.publisher import CatalogPublisher
from floe_sdk.runtime.recovery.file_journal import FileJournal

ORDERS = "select i as id, (i * 1.5)::decimal(9, 2) as amount, if(i = 1, null, 'n' || i) as name from range(3) r(i)"


@pytest.fixture
def product(tmp_path):
    """A product with the tables shop.orders and shop_marts.totals, and another product's other.secrets."""
    return publish_tables(make_product(tmp_path))


def publish_tables(folder):
    journal = FileJournal(folder.parent / "journal", "run-1")
    with load_platform(resolve(folder / "floe.yaml")) as platform, duckdb.connect() as connection:
        storage = platform.storage.storage_access()
        catalog = platform.catalog.catalog_connect(storage=storage)
        publisher = CatalogPublisher(catalog, storage, "run-1", journal)
        for namespace, table, query in (
            ("shop", "orders", ORDERS),
            ("shop_marts", "totals", "select 4.5::double as total, [1, 2] as ids, 'NaN'::double as odd"),
            ("other", "things", "select 1 as x"),
        ):
            publish(connection.execute, publisher.begin(namespace, table, f"model.{table}"), query, removed=None)
    return folder


@pytest.fixture
def floe(product, capfd):
    def call(*arguments, code=0):
        capfd.readouterr()
        found = run([str(each) for each in arguments])
        out, call.err = capfd.readouterr()
        assert found == code, call.err
        assert "Traceback" not in out + call.err
        return out

    return call


def test_tables_lists_the_products_own(floe, product):
    lines = floe("tables", product).splitlines()
    assert lines[0].split() == ["NAMESPACE", "TABLE", "ROWS", "SIZE", "SNAPSHOT", "COMMITTED", "RUN"]
    assert [line.split()[:3] for line in lines[1:]] == [["shop", "orders", "3"], ["shop_marts", "totals", "1"]]
    assert all(line.endswith("run-1") for line in lines[1:])


def test_tables_of_everybody_as_json(floe, product):
    tables = json.loads(floe("tables", product, "--all", "--json"))["tables"]
    assert [(each["namespace"], each["table"], each["rows"], each["run_id"]) for each in tables] == [
        ("other", "things", 1, "run-1"),
        ("shop", "orders", 3, "run-1"),
        ("shop_marts", "totals", 1, "run-1"),
    ]
    assert all(each["bytes"] > 0 and each["snapshot_id"] and each["committed_at"] for each in tables)


def test_tables_before_the_first_run(tmp_path, capfd):
    folder = make_product(tmp_path)
    assert run(["tables", str(folder)]) == 0
    assert "no tables yet" in capfd.readouterr().out


def test_query_as_a_table(floe, product):
    out = floe("query", "select id, amount, name from orders order by id", "--product", product)
    assert out.splitlines() == ["id  amount  name", " 0    0.00  n0", " 1    1.50", " 2    3.00  n2"]


def test_query_as_json_and_csv(floe, product):
    sql = "select * from shop.orders order by id"
    assert json.loads(floe("query", sql, "--product", product, "--format", "json")) == [
        {"id": 0, "amount": "0.00", "name": "n0"},
        {"id": 1, "amount": "1.50", "name": None},
        {"id": 2, "amount": "3.00", "name": "n2"},
    ]
    text = floe("query", sql, "--spec", product / "floe.yaml", "--format", "csv")
    assert list(csv.reader(io.StringIO(text)))[1:] == [["0", "0.00", "n0"], ["1", "1.50", ""], ["2", "3.00", "n2"]]
    odd = json.loads(floe("query", "from totals", "--product", product, "--format", "json"))
    assert odd == [{"total": 4.5, "ids": [1, 2], "odd": None}]
    assert json.loads(floe("query", "from totals where false", "--product", product, "--format", "json")) == []


def test_query_into_files(floe, product, tmp_path):
    sql = "select id from orders order by id"
    floe("query", sql, "--product", product, "--format", "parquet", "--output", tmp_path / "o.parquet")
    assert pq.read_table(tmp_path / "o.parquet").to_pylist() == [{"id": 0}, {"id": 1}, {"id": 2}]
    floe("query", sql, "--product", product, "--format", "arrow", "-o", tmp_path / "o.arrow")
    with pa.ipc.open_stream((tmp_path / "o.arrow").read_bytes()) as reader:
        assert reader.read_all().num_rows == 3
    before = set(tmp_path.iterdir())
    floe("query", "select 1/0 as x, nope", "--product", product, "-o", tmp_path / "no.csv", "--format", "csv", code=2)
    assert set(tmp_path.iterdir()) == before


def test_a_binary_format_goes_to_a_pipe_and_not_to_a_terminal(product):
    command = [sys.executable, "-m", "floe_sdk", "query", "select 1 as one", "--format", "parquet"]
    piped = subprocess.run(command, cwd=product, capture_output=True, check=True)
    assert pq.read_table(io.BytesIO(piped.stdout)).to_pylist() == [{"one": 1}]
    terminal, end = pty.openpty()
    done = subprocess.run(command, cwd=product, stdout=end, stderr=subprocess.PIPE, text=True, check=False)
    os.close(end)
    os.close(terminal)
    assert done.returncode == 2
    assert "add --output FILE.parquet" in done.stderr


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("select * from read_text('/etc/passwd')", "FLOE-K008"),
        ("copy orders to '/tmp/never.csv'", "FLOE-K008"),
        ("select 1; select 2", "FLOE-K008"),
        ("selec 1", "FLOE-K009"),
        ("select * from ordres", "did you mean shop.orders?"),
    ],
)
def test_what_is_refused_has_a_code_and_a_remedy(floe, product, sql, told):
    assert floe("query", sql, "--product", product, code=2) == ""
    assert told in floe.err
    assert "fix:" in floe.err


def test_a_read_only_product_with_a_state_folder(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("FLOE_STATE_DIR", str(tmp_path / "state"))
    folder = publish_tables(make_product(tmp_path / "platform"))
    before = set(folder.rglob("*"))
    assert run(["tables", str(folder)]) == 0
    assert run(["query", "select count(*) from orders", "--product", str(folder), "--format", "csv"]) == 0
    assert capfd.readouterr().out.splitlines()[-1] == "3"
    assert set(folder.rglob("*")) == before
    assert (tmp_path / "state/platform/dev/catalog.db").exists()


def test_a_query_imports_neither_what_runs_a_product_nor_what_reads_object_stores(product):
    code = (
        "import sys\nfrom floe_sdk.cli import main\n"
        "try: main(['query', 'select 1', '--product', sys.argv[1]])\n"
        "finally: print(*sys.modules, file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(product)], capture_output=True, text=True, check=True)
    loaded = set(ended.stderr.split())
    assert "floe_compute_duckdb.query" in loaded
    assert not loaded & {"floe_sdk.runtime.execute", "floe_sdk.runtime.publishing.publisher", "dbt", "fsspec"}
