"""`floe run` and what reads its tables, when something is wrong: exit code, message, nothing half-done, the next run.

Every test begins with the same small product, built once and put back to the same place. The command runs in this
process, so that dbt is imported once; where a signal or a second process matters, in one of its own.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, NestedField
from support.folders import contents, inside
from support.products import make_product, write_files
from support.tables import bare_catalog

from floe_sdk import StorageAccess
from floe_sdk.cli.app import run as command
from floe_sdk.runtime.publishing.publisher import CatalogPublisher
from floe_sdk.runtime.recovery.file_journal import FileJournal

# Root writes where the permissions forbid it; without these capabilities it is held by them as everybody is.
UNPRIVILEGED = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
BIG = "select i, random() as a, random() as b, md5(i::text) as c from range({rows}) t(i)"
SLOW = """
select count(*)::bigint as n
from range(100000000) a, range(100000000) b
where a.range * b.range % 7 = 3 and a.range < (select count(*) from {{ ref('orders') }}) + 100000000
"""
WAREHOUSE = "storage: {type: local, config: {path: warehouse}}"


class Shop:
    """The product `shop` on its platform at `root`."""

    def __init__(self, root):
        self.root = root
        self.product = root / "shop"
        self.state = self.product / ".floe"
        self.catalog_file = root / ".floe" / "dev" / "catalog.db"
        self.warehouse = root / "warehouse"

    def floe(self, *arguments, code=0):
        """Run the command in this process; all that it says."""
        said = io.StringIO()
        with inside(self.product), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            returned = command([str(each) for each in arguments])
        assert returned == code, said.getvalue()
        assert "Traceback" not in said.getvalue()
        assert "error: unexpected" not in said.getvalue()
        return said.getvalue()

    def start(self, *arguments):
        """Start `floe run` as a process of its own, and wait until its slow node has begun."""
        process = subprocess.Popen(
            [sys.executable, "-m", "floe_sdk", "run", *arguments],
            cwd=self.product,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        deadline = time.monotonic() + 90
        seen = len(self.events())
        while ("START", "shop.shop.totals") not in [(kind, job) for kind, job, _ in self.events()[seen:]]:
            assert process.poll() is None, process.stdout.read()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        return process

    def events(self):
        """The lineage: (type, job, run) each."""
        path = self.state / "lineage.jsonl"
        lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [(each["eventType"], each["job"]["name"], each["run"]["runId"]) for each in lines]

    def catalog(self):
        return bare_catalog(self.catalog_file.parent, self.warehouse)

    def tables(self):
        """Each table's current snapshot and its rows, as bare PyIceberg reads them."""
        with self.catalog() as catalog:
            loaded = {name[-1]: catalog.load_table(name) for name in catalog.list_tables("shop")}
            return {
                name: (table.current_snapshot().snapshot_id, table.scan().to_arrow().num_rows)
                for name, table in loaded.items()
            }

    def orphans(self):
        """The data files that no snapshot of any table refers to."""
        known = set()
        with self.catalog() as catalog:
            for name in catalog.list_tables("shop"):
                table = catalog.load_table(name)
                for snapshot in table.snapshots():
                    tasks = table.scan(snapshot_id=snapshot.snapshot_id).plan_files()
                    known |= {task.file.file_path.removeprefix("file://") for task in tasks}
        return {str(path) for path in self.warehouse.rglob("*.parquet")} - known

    def write(self, **models):
        write_files(self.product, {f"models/{name}.sql": text for name, text in models.items()})

    def manifest(self, old, new):
        path = self.root / "manifest.yaml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The product, run once, and a copy of all that."""
    names = [name for name in os.environ if name.startswith(("FLOE_", "OTEL_"))]
    kept = {name: os.environ.pop(name) for name in names}
    shop = Shop(tmp_path_factory.mktemp("shop") / "lake")
    make_product(shop.root)
    shop.manifest("storage: {type: local}", WAREHOUSE)
    shop.floe("run")
    shutil.copytree(shop.root, shop.root.with_name("copy"))
    yield shop
    os.environ.update(kept)


@pytest.fixture
def shop(built):
    shutil.rmtree(built.root)
    shutil.copytree(built.root.with_name("copy"), built.root)
    return built


PROJECTS = [
    ("models/totals.sql", "select 1\n{% if %}", "models/totals.sql:2:", "Expected an expression"),
    ("models/totals.sql", "select * from {{ ref('nowhere') }}", "models/totals.sql:", "a node named 'nowhere'"),
    ("models/schema.yml", "models:\n  - name: [\n", "models/schema.yml:3:", "did not find expected node content"),
    ("macros/odd.sql", "{% macro odd() %}\n\n{{ 1 + }}\n{% endmacro %}\n", "macros/odd.sql:3:", "unexpected 'end of"),
    ("dbt_project.yml", "name: shop\nprofile: [shop\n", "dbt_project.yml:3:1:", "expected ',' or ']'"),
    ("models/totals.sql", b"select 1,\n'caf\xe9'", "models/totals.sql:2:", "not UTF-8: byte 0xe9"),
]


@pytest.mark.parametrize(("file", "text", "where", "words"), PROJECTS, ids=[words for *_, words in PROJECTS])
def test_a_dbt_project_that_does_not_parse(shop, file, text, where, words):
    (shop.product / file).parent.mkdir(exist_ok=True)
    (shop.product / file).write_bytes(text if isinstance(text, bytes) else text.encode())
    artifact = (shop.product / "target" / "compiled_artifacts.json").read_bytes()
    events, tables = shop.events(), shop.tables()
    for name in ("compile", "run"):
        said = shop.floe(name, code=2)
        assert f"{where} error[FLOE-T002]: " in said
        assert words in said
    assert (shop.product / "target" / "compiled_artifacts.json").read_bytes() == artifact
    assert (shop.events(), shop.tables()) == (events, tables)


def test_models_in_a_circle(shop):
    shop.write(totals="select * from {{ ref('orders') }}", stg_orders="select * from {{ ref('totals') }}")
    for name in ("compile", "run"):
        said = shop.floe(name, code=2)
        assert "models/orders.sql: error[FLOE-D017]" in said
        assert "orders -> stg_orders -> totals -> orders" in said


def test_an_unset_secret_is_named_by_run_and_not_needed_by_compile(shop, monkeypatch):
    monkeypatch.delenv("SHOP_CATALOG", raising=False)
    shop.manifest("catalog: {type: sql}", "catalog: {type: sql, config: {uri: {env: SHOP_CATALOG}}}")
    tables = shop.tables()
    shop.floe("compile")
    said = shop.floe("run", code=2)
    assert "error[FLOE-S002]" in said
    assert "SHOP_CATALOG" in said
    assert shop.tables() == tables
    monkeypatch.setenv("SHOP_CATALOG", f"sqlite:///{shop.catalog_file}")
    shop.floe("run", "--select", "totals")


@pytest.mark.parametrize("kind", ["full", "limited"])
def test_a_disk_that_is_full_in_the_middle_of_copy(shop, disk, kind):
    shop.write(totals=BIG.format(rows=200_000))
    shop.floe("compile")
    with contextlib.ExitStack() as stack:
        if kind == "full":
            shutil.move(shop.warehouse, shop.root / "moved")
            shop.warehouse.mkdir()
            if not stack.enter_context(disk(shop.warehouse, "1m")):
                pytest.skip("no file system can be mounted here; the other case stands for it")
            shutil.copytree(shop.root / "moved", shop.warehouse, dirs_exist_ok=True)
        before, files = shop.tables(), contents(shop.warehouse)
        with file_size(None if kind == "full" else 3 * 2**20):
            said = shop.floe("run", "--select", "totals", code=1)
        assert "ERROR totals (models/totals.sql)" in said
        assert "No space left on device" in said or "File too large" in said
        assert str(shop.warehouse) in said
        assert shop.tables() == before
        assert contents(shop.warehouse) == files
        shop.write(totals=BIG.format(rows=10))
        shop.floe("run", "--select", "totals")
        assert shop.tables()["totals"][1] == 10
        assert not shop.orphans()


@contextlib.contextmanager
def file_size(limit):
    """Let this process write no file that is larger: what a full disk is where none can be made."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft if limit is None else limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize(("left", "code"), [(0, "FLOE-K040"), (16 * 1024, "FLOE-K023")])
def test_a_disk_without_room_for_metadata(shop, disk, full, left, code):
    shutil.move(shop.warehouse, shop.root / "moved")
    shop.warehouse.mkdir()
    with disk(shop.warehouse, "1m") as mounted:
        if not mounted:
            pytest.skip("no file system can be mounted here")
        shutil.copytree(shop.root / "moved", shop.warehouse, dirs_exist_ok=True)
        before = shop.tables()
        filler = full(shop.warehouse, left)
        said = shop.floe("run", "--select", "totals", code=1)
        assert f"error[{code}]" in said
        assert "No space left on device" in said
        assert str(shop.warehouse) in said
        assert "ake room" in said
        assert shop.tables() == before
        filler.unlink()
        shop.floe("run", "--select", "totals")
        assert not shop.orphans()


def test_a_disk_without_room_for_the_catalog(shop, disk, full):
    shop.manifest("catalog: {type: sql}", 'catalog: {type: sql, config: {uri: "sqlite:///full/catalog.db"}}')
    folder = shop.root / "full"
    folder.mkdir()
    with disk(folder, "256k") as mounted:
        if not mounted:
            pytest.skip("no file system can be mounted here")
        shutil.copy(shop.catalog_file, folder)
        filler = full(folder, 0)
        said = shop.floe("run", "--select", "totals", code=1)
        assert f"error[FLOE-K004]: the catalog {folder}/catalog.db: database or disk is full" in said
        assert "make room on that disk" in said
        filler.unlink()
        shop.floe("run", "--select", "totals")


@pytest.mark.parametrize("folder", ["shop/totals/data", "shop/totals/metadata"])
def test_a_warehouse_that_is_read_only(shop, folder):
    shop.write(totals=BIG.format(rows=10))
    shop.floe("compile")
    before, files = shop.tables(), contents(shop.warehouse)
    where = shop.warehouse / folder
    where.chmod(0o555)
    try:
        done = subprocess.run(
            [*UNPRIVILEGED, sys.executable, "-m", "floe_sdk", "run", "--select", "totals"],
            cwd=shop.product,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        where.chmod(0o755)
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert "Permission denied" in said
    assert str(where) in said
    assert "Traceback" not in said
    assert shop.tables() == before
    assert contents(shop.warehouse) == files
    shop.floe("run", "--select", "totals")
    assert shop.tables()["totals"][1] == 10
    assert not shop.orphans()


def test_a_corrupt_catalog(shop):
    shop.catalog_file.write_bytes(b"this is no database " * 100)
    before = shop.catalog_file.read_bytes()
    for arguments in (("tables",), ("query", "select 1 from orders"), ("run",)):
        said = shop.floe(*arguments, code=4)
        assert f"error[FLOE-K002]: the catalog {shop.catalog_file}: file is not a database" in said
        assert "Restore the file from a backup" in said
    assert "catalog/sql         FAULT" in shop.floe("health", code=4)
    assert shop.catalog_file.read_bytes() == before
    assert [kind for kind, job, _ in shop.events()[-2:] if job == "shop"] == ["START", "FAIL"]


def test_a_catalog_that_another_process_holds(shop):
    uri = "sqlite:///.floe/dev/catalog.db?timeout=1"
    shop.manifest("catalog: {type: sql}", f'catalog: {{type: sql, config: {{uri: "{uri}"}}}}')
    before = shop.tables()
    other = sqlite3.connect(shop.catalog_file, isolation_level=None)
    try:
        other.execute("begin exclusive")
        for arguments in (("tables",), ("run",)):
            said = shop.floe(*arguments, code=1)
            assert f"error[FLOE-K003]: the catalog {shop.catalog_file}: database is locked" in said
            assert "Wait until the other process is done" in said
        other.execute("rollback")
        other.execute("begin immediate")  # it reads, and somebody else writes
        said = shop.floe("run", "--select", "totals", code=1)
        assert "error[FLOE-K003]" in said
    finally:
        other.close()
    assert shop.tables() == before
    shop.floe("run", "--select", "totals")
    assert not shop.orphans()


@pytest.mark.parametrize(
    ("pattern", "code", "remedy"),
    [
        ("data/*.parquet", "FLOE-K007", "floe run --full-refresh --select orders"),
        ("metadata/*.json", "FLOE-K011", "drop table shop.orders"),
        ("metadata/*.avro", "FLOE-K011", "drop table shop.orders"),
    ],
)
def test_a_file_that_was_deleted_behind_the_catalog(shop, pattern, code, remedy):
    gone = list((shop.warehouse / "shop" / "orders").glob(pattern))
    for path in gone:
        path.unlink()
    for arguments in (("query", "select * from orders"), ("run", "--select", "totals")):
        said = shop.floe(*arguments, code=1)
        assert f"error[{code}]: shop.orders: " in said
        assert any(str(path) in said for path in gone)
        assert remedy in said
    if code == "FLOE-K011":
        uri = f"sqlite:///{shop.catalog_file}"
        forget = [Path(sys.executable).with_name("pyiceberg"), "--catalog", "floe", "--uri", uri]
        subprocess.run([*forget, "drop", "table", "shop.orders"], check=True, capture_output=True)
    shop.floe("run", "--full-refresh", "--select", "orders")
    assert "3" in shop.floe("query", "select count(*) as n from orders")


def test_a_disk_that_is_full_right_after_a_commit_loses_no_file(shop, tmp_path):
    journal = FileJournal(tmp_path / "run.files", "run")

    class Catalog(SqlCatalog):
        def commit_table(self, *arguments):
            answer = super().commit_table(*arguments)
            journal.path.unlink()
            journal.path.mkdir()  # from here on nothing can be noted
            return answer

    catalog = Catalog("floe", uri=f"sqlite:///{shop.catalog_file}", warehouse=f"file://{shop.warehouse}")
    publisher = CatalogPublisher(catalog, StorageAccess(root=f"file://{shop.warehouse}/"), "run", journal)
    publication = publisher.begin("shop", "kept", "model.shop.kept")
    publication.prepare(Schema(NestedField(1, "id", LongType())))
    ids = pa.schema([pa.field("id", pa.int64(), metadata={"PARQUET:field_id": "1"})])
    pq.write_table(pa.table({"id": [1, 2]}, schema=ids), publication.new_file().removeprefix("file://"))
    publication.commit(2)
    publication.abandon()
    catalog.close()
    assert shop.tables()["kept"][1] == 2


def test_two_runs_at_once_then_ctrl_c_then_kill(shop):
    before = shop.tables()
    shop.write(totals=SLOW)
    running = shop.start("--select", "orders", "--select", "totals")
    (entry,) = [each for each in journal(shop) if each["ended"] is None]
    said = shop.floe("run", code=1)
    assert f"run.lock: error[FLOE-R001]: this product is being run by process {running.pid} on " in said
    assert entry["run_id"] in said
    assert "--wait" in said

    os.kill(running.pid, signal.SIGINT)
    said, _ = running.communicate(timeout=30)
    assert running.returncode == 130, said
    assert "Traceback" not in said
    ends = {job: kind for kind, job, _ in shop.events() if kind != "START"}
    assert ends["shop.shop.totals"] == ends["shop"] == "ABORT"
    after = shop.tables()
    assert after["totals"] == before["totals"]
    assert after["orders"] != before["orders"]  # it was published before

    killed = shop.start("--select", "totals")
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate(timeout=30)
    dead = next(each["run_id"] for each in journal(shop) if each["ended"] is None)
    assert list((shop.state / "private").iterdir())
    shop.write(totals="select 1 as n")
    said = shop.floe("run", "--select", "totals")
    assert f"run {dead} of " in said
    assert ("ABORT", "shop", dead) in shop.events()
    assert [each["status"] for each in journal(shop)][-3:] == ["aborted", "aborted", "success"]
    assert not list((shop.state / "private").iterdir())
    assert not shop.orphans()


def journal(shop):
    return [json.loads(path.read_text()) for path in sorted((shop.state / "runs").glob("*.json"))]


@pytest.mark.parametrize("pattern", ["metadata/*.json", "metadata/snap-*.avro", "metadata/*-m*.avro"])
def test_a_file_that_was_cut_behind_the_catalog(shop, pattern):
    table = shop.warehouse / "shop" / "orders"
    for path in table.glob(pattern):
        os.truncate(path, path.stat().st_size // 2)
    for arguments in (("query", "select * from orders"), ("run", "--select", "totals")):
        said = shop.floe(*arguments, code=1)
        assert "error[FLOE-K012]: shop.orders: " in said
        assert f"{table}/metadata/" in said
        assert "drop table shop.orders" in said
        assert "unexpected" not in said
