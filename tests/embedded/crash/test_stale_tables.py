"""A Parquet file that somebody deleted behind the catalog."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyiceberg.catalog.sql import SqlCatalog


class Product:
    """`events` in two files, of which the first is deleted; `orders` in one."""

    def __init__(self, shelf, evidence, forks, mode):
        self.shelf, self.evidence, self.forks, self.mode = shelf, evidence, forks, mode
        for generation in (1, 2):
            assert self.run(events=("incremental", generation), orders=("table", generation))[0] == 0

    def run(self, *options, **models):
        self.shelf.set_up(models, recovery=self.mode)
        return self.forks.run("run", *options, cwd=self.shelf.product)

    def table(self, name):
        catalog = SqlCatalog("floe", uri=f"sqlite:///{self.evidence.folder}/catalog.db")
        catalog.close()
        return catalog.load_table(("shop", name))

    def delete_first_file(self, name):
        files = [task.file for task in self.table(name).scan().plan_files()]
        first = min(files, key=lambda file: Path(file.file_path.removeprefix("file://")).stat().st_mtime_ns)
        path = Path(first.file_path.removeprefix("file://"))
        path.unlink()
        return path, first.record_count

    def ids(self, name):
        return sorted(self.table(name).scan().to_arrow()["id"].to_pylist())


@pytest.fixture
def product(request, tmp_path, make_shelf, forks):
    return Product(*make_shelf(tmp_path / "lake"), forks, request.param)


@pytest.mark.parametrize("product", ["strict"], indirect=True)
def test_strict_names_the_file_and_stops(product):
    path, rows = product.delete_first_file("events")
    before = product.table("events").metadata
    code, output, _ = product.run(events=("incremental", 3), orders=("table", 3))
    assert code == 1
    assert "FLOE-K007" in output
    assert f"shop.events: its data file {path} is gone, and with it {rows} rows" in output
    assert "floe run --full-refresh --select events" in output
    assert product.table("events").metadata == before
    assert product.ids("orders") == list(range(50))


@pytest.mark.parametrize("product", ["repair"], indirect=True)
def test_repair_registers_again_what_is_left_and_says_what_is_lost(product):
    path, rows = product.delete_first_file("events")
    snapshots = len(product.table("events").snapshots())
    code, output, _ = product.run(events=("incremental", 3), orders=("table", 3))
    assert code == 0, output
    assert f"shop.events was registered again without what is lost: its data file {path} is gone" in output
    assert f"{rows} rows" in output
    assert "floe run --full-refresh --select events" in output
    # The engine adds the ids that the table lacks, so that what was lost comes back with the new ones.
    assert product.ids("events") == list(range(300))
    table = product.table("events")
    repair, run = table.snapshots()[snapshots:]
    assert f"{path}" in repair.summary["floe.incomplete"]
    assert repair.summary["deleted-records"] == str(rows)
    assert "floe.incomplete" not in run.summary.additional_properties

    code, output, _ = product.run(events=("incremental", 3), orders=("table", 3))
    assert code == 0
    assert f"warning: shop.events lacks rows: its data file {path}" in output, "until somebody builds it anew"
    assert len(product.table("events").snapshots()) == snapshots + 2
    assert product.evidence.journals() == []


@pytest.mark.parametrize("product", ["repair"], indirect=True)
def test_a_table_that_is_built_anew_lacks_nothing(product):
    product.delete_first_file("events")
    assert product.run(events=("incremental", 3))[0] == 0
    code, output, _ = product.run(events=("table", 3))
    assert code == 0, output
    assert "floe.incomplete" not in product.table("events").metadata.properties
    assert "lacks rows" not in product.run(events=("incremental", 3))[1]


@pytest.mark.parametrize("product", ["strict", "repair"], indirect=True)
def test_a_table_that_is_replaced_as_a_whole_is_mended_by_that(product):
    path, rows = product.delete_first_file("orders")
    code, output, _ = product.run(events=("incremental", 3), orders=("table", 3))
    assert code == 0, output
    assert f"warning: shop.orders: its data file {path} is gone, and with it {rows} rows; this run replaces" in output
    assert product.ids("orders") == list(range(50))
    assert len(product.table("orders").snapshots()) == 3
