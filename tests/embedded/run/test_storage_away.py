"""A storage whose server does not answer, or goes away in the middle of a run: what each command says of it."""

from __future__ import annotations

import json

import pytest

PIGEON = """
    from pathlib import Path
    from typing import Any
    from floe_sdk import FileSystemIO, PluginContext, StorageAccess, hookimpl

    class PigeonIO(FileSystemIO):
        schemes = ("pigeon",)

        def filesystem(self, netloc: str) -> Any:
            import fsspec
            from fsspec.implementations.dirfs import DirFileSystem

            folder = Path(self.properties["pigeon.folder"])
            away, leaves = folder / "away", folder / "leaves"

            class Pigeons(DirFileSystem):
                def _asked(self, path):
                    if leaves.exists() and leaves.read_text() in path:
                        away.touch()
                    if away.exists():
                        raise ConnectionRefusedError(111, "Connection refused", "10.0.0.7:22")

                def info(self, path, **more):
                    self._asked(path)
                    return super().info(path, **more)

                def open(self, path, *arguments, **more):
                    self._asked(path)
                    return super().open(path, *arguments, **more)

            return Pigeons(str(folder), fsspec.filesystem("file", auto_mkdir=True))

    class Plugin:
        def __init__(self, context: PluginContext) -> None:
            self.folder = context.platform_root / "pigeons"

        @hookimpl
        def storage_access(self) -> StorageAccess:
            properties = {"py-io-impl": "floe_storage_pigeon.PigeonIO", "pigeon.folder": str(self.folder)}
            return StorageAccess(root="pigeon:///lake/", file_io=properties)
"""


@pytest.fixture
def pigeon(on_storage):
    return on_storage("pigeon", PIGEON)


@pytest.mark.parametrize(
    "command",
    [
        ("query", "select * from totals", "--spec"),
        ("tables",),
        ("tables", "--history", "totals"),
        ("plan",),
        ("catalog", "maintain"),
        ("run",),
        ("run", "--changed"),
    ],
    ids=" ".join,
)
def test_no_answer_is_told_as_such_and_not_as_lost_files(pigeon, command):
    assert pigeon.run() == 0, pigeon.out + pigeon.err
    (pigeon.folder / "away").touch()
    code = pigeon.floe(*command, pigeon.root)
    said = pigeon.out + pigeon.err
    assert "error[FLOE-K042]: storage/pigeon can't " in said
    assert "pigeon:///lake/" in said
    assert "the server can't be reached: 10.0.0.7:22: Connection refused" in said
    assert "`floe health` tries again" in said
    assert "K011" not in said
    assert "drop table" not in said
    assert code == 4 or (command[0] == "run" and code == 1 and " failed in " in said)


def test_runs_of_this_machine_are_told_without_the_storage(pigeon):
    assert pigeon.run() == 0, pigeon.out + pigeon.err
    (pigeon.folder / "away").touch()
    assert pigeon.floe("runs", pigeon.root, "--json") == 0
    told = json.loads(pigeon.out)
    assert [run["status"] for run in told["runs"]] == ["success"]
    assert "runs of other machines are not known" in told["note"]
    assert "Connection refused" in told["note"]
    assert pigeon.floe("runs", "show", "last", pigeon.root) == 0


def test_a_run_whose_storage_leaves_ends_with_its_summary(pigeon):
    (pigeon.folder / "leaves").write_text("totals/data")
    assert pigeon.run() == 1
    said = pigeon.out
    assert "ERROR table totals" in said
    assert "FLOE-K042: The storage can't be reached" in next(line for line in said.splitlines() if "totals" in line)
    assert "can't write pigeon:///lake/" in said
    assert "Connection refused" in said
    assert " failed in " in said
    assert pigeon.floe("runs", "show", "last", pigeon.root) == 0
    assert "Connection refused" in pigeon.out
    (pigeon.folder / "leaves").unlink()
    (pigeon.folder / "away").unlink()
    assert pigeon.run() == 0, pigeon.out + pigeon.err


def test_a_disk_that_is_not_mounted_is_no_reason_to_drop_a_table(product):
    assert product.run() == 0, product.out + product.err
    warehouse = product.platform / ".floe" / "dev" / "warehouse"
    warehouse.rename(warehouse.with_name("elsewhere"))
    assert product.floe("query", "select * from totals", "--spec", product.root) == 1
    assert "error[FLOE-K011]" in product.err
    assert f"and neither is file://{warehouse}" in product.err
    assert "drop table" not in product.err
    assert "mounted" in product.err
