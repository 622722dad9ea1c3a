"""A product whose tables are published through the runtime's publisher, without an engine: snapshots cost little."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, NestedField
from support.in_process import InProcess
from support.products import make_product, manifest_text

from floe_sdk import StorageAccess
from floe_sdk.runtime.publishing.publisher import CatalogPublisher
from floe_sdk.runtime.recovery.file_journal import FileJournal
from floe_sdk.runtime.tables.files import metadata_files, referenced

SCHEMA = Schema(NestedField(1, "n", LongType(), required=False))


class Shop(InProcess):
    """The product `shop`, its catalog as bare PyIceberg sees it, and the command."""

    def __init__(self, root: Path, capfd) -> None:
        super().__init__(capfd)
        self.platform = root
        self.root = make_product(root)
        self.folder = root / ".floe" / "dev"
        self.warehouse = self.folder / "warehouse"
        self.warehouse.mkdir(parents=True)
        self.catalog = SqlCatalog(
            "floe", uri=f"sqlite:///{self.folder}/catalog.db", warehouse=f"file://{self.warehouse}"
        )

    def govern(self, **governance) -> None:
        (self.platform / "manifest.yaml").write_text(manifest_text(extra=f"governance: {json.dumps(governance)}\n"))

    def publisher(self, product="shop", run="r1") -> CatalogPublisher:
        storage = StorageAccess(root=f"file://{self.warehouse}/")
        publisher = CatalogPublisher(
            self.catalog, storage, run, FileJournal(self.root / ".floe" / "runs" / f"{run}.files", run)
        )
        own = {"floe.product": product, "floe.environment": "dev"}
        publisher.marks = {f"model.shop.{name}": own for name in ("orders", "totals")}
        return publisher

    def publish(self, *batches, table="orders", namespace="shop", append=False, product="shop") -> None:
        """A snapshot for each batch of numbers: the table's rows, or with `append` more of them."""
        for batch in batches:
            publication = self.publisher(product).begin(namespace, table, f"model.shop.{table}")
            schema = publication.prepare(SCHEMA, removed=() if append else None)
            self.write(publication.new_file(), schema, batch)
            publication.commit(len(batch))

    @staticmethod
    def write(uri, schema, numbers) -> None:
        pq.write_table(pa.table({"n": numbers}, schema_to_pyarrow(schema)), _path(uri))

    def age(self, days: float, table="orders", namespace="shop", but_last=0) -> None:
        """Make snapshots older, as if they had been committed then: the metadata file is rewritten in place."""
        metadata = Path(_path(self.table(table, namespace).metadata_location))
        data = json.loads(metadata.read_text())
        snapshots = sorted(data["snapshots"], key=lambda each: each["sequence-number"])
        old = {each["snapshot-id"] for each in snapshots[: len(snapshots) - but_last]}
        for each in (*data["snapshots"], *data["snapshot-log"]):
            if each["snapshot-id"] in old:
                each["timestamp-ms"] -= int(timedelta(days=days).total_seconds() * 1000)
        metadata.write_text(json.dumps(data))

    def table(self, table="orders", namespace="shop"):
        return self.catalog.load_table((namespace, table))

    def rows(self, table="orders", namespace="shop"):
        """The rows as bare PyIceberg reads them."""
        return sorted(row["n"] for row in self.table(table, namespace).scan().to_arrow().to_pylist())

    def rows_at(self, snapshot_id, table="orders"):
        return sorted(row["n"] for row in self.table(table).scan(snapshot_id=snapshot_id).to_arrow().to_pylist())

    def snapshots(self, table="orders", namespace="shop"):
        snapshots = self.table(table, namespace).snapshots()
        return [each.snapshot_id for each in sorted(snapshots, key=lambda each: each.sequence_number)]

    def files(self) -> set[str]:
        return {path.relative_to(self.warehouse).as_posix() for path in self.warehouse.rglob("*") if path.is_file()}

    def stray(self, name: str, days: float) -> Path:
        path = self.warehouse / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"left behind")
        when = time.time() - timedelta(days=days).total_seconds()
        os.utime(path, (when, when))
        return path

    def kill(self, *arguments, **environment) -> None:
        """The command in a process that dies of SIGKILL."""
        command = [sys.executable, "-m", "floe_sdk", *map(str, arguments)]
        done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
        assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr

    def check_no_file_is_left(self) -> None:
        """Every file of the warehouse is one that a table needs."""
        tables = [self.catalog.load_table(name) for name in self.catalog.list_tables("shop")]
        needed = set().union(*(referenced(each, each.snapshots()) | metadata_files(each) for each in tables))
        assert {f"file://{self.warehouse}/{name}" for name in self.files()} - needed == set()

    def maintain(self, *arguments) -> dict:
        """What `floe catalog maintain --json` says, by table."""
        assert self.floe("catalog", "maintain", self.root, "--json", *arguments) == 0, self.out + self.err
        return {f"{each['namespace']}.{each['table']}": each for each in json.loads(self.out)["tables"]}


def _path(uri: str) -> str:
    return uri.removeprefix("file://")


@pytest.fixture
def shop(tmp_path, capfd, monkeypatch):
    for name in list(os.environ):
        if name.startswith(("FLOE_", "OTEL_")):
            monkeypatch.delenv(name)
    made = Shop(tmp_path / "platform", capfd)
    yield made
    made.catalog.close()
