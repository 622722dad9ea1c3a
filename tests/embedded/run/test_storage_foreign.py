"""A storage whose FileIO is not floe's, as PyIceberg's own for Azure and Google: its failures are told like all."""

from __future__ import annotations

import pickle

import pytest

from floe_sdk.runtime.storage.telling_io import telling_io

DOVE = """
    from pathlib import Path
    from typing import Any

    import fsspec
    from fsspec.implementations.dirfs import DirFileSystem
    from pyiceberg.io.fsspec import FsspecFileIO

    from floe_sdk import PluginContext, StorageAccess, hookimpl

    class Doves(DirFileSystem):
        protocol = "dove"

        def _join(self, path):
            if (Path(self.path) / "away").exists():
                raise RuntimeError((Path(self.path) / "away").read_text())
            return super()._join(str(path).removeprefix("dove://"))

    class DoveIO(FsspecFileIO):
        def __init__(self, properties: Any) -> None:
            super().__init__(properties)
            folder = properties["dove.folder"]
            self._scheme_to_fs = {"dove": lambda *_: Doves(folder, fsspec.filesystem("file", auto_mkdir=True))}

    class Plugin:
        def __init__(self, context: PluginContext) -> None:
            self.folder = context.platform_root / "doves"

        @hookimpl
        def storage_access(self) -> StorageAccess:
            properties = {"py-io-impl": "floe_storage_dove.DoveIO", "dove.folder": str(self.folder)}
            return StorageAccess(root="dove:///lake/", file_io=properties)
"""


@pytest.fixture
def dove(on_storage):
    return on_storage("dove", DOVE)


COMMANDS = [
    ("query", "select * from totals", "--spec"),
    ("tables",),
    ("tables", "--history", "totals"),
    ("plan",),
    ("catalog", "maintain"),
    ("run",),
]
FAILURES = [
    (
        "ServiceRequestError: Cannot connect to host acme.dfs.example.com:443",
        "FLOE-K042",
        "the server can't be reached",
    ),
    ("ClientAuthenticationError: Server failed to authenticate", "FLOE-K043", "the credentials are not accepted"),
]


@pytest.mark.parametrize(("raised", "code", "reason"), FAILURES, ids=[code for _, code, _ in FAILURES])
def test_what_its_client_raises_has_a_code_the_operation_and_the_file(dove, raised, code, reason):
    assert dove.run() == 0, dove.out + dove.err
    (dove.folder / "away").write_text(raised)
    for command in COMMANDS:
        exit_code = dove.floe(*command, dove.root)
        said = dove.out + dove.err
        assert f"error[{code}]: can't read dove:///lake/" in said, command
        assert f"{reason}: {raised}" in said, command
        assert "please report it" not in said, command
        assert exit_code == (4 if code == "FLOE-K042" and command != ("run",) else 1), command
    (dove.folder / "away").unlink()
    assert dove.run() == 0, dove.out + dove.err


def test_it_stays_of_its_class_and_goes_to_another_process():
    from pyiceberg.io.pyarrow import PyArrowFileIO

    io = telling_io(PyArrowFileIO({"a": "b"}))
    again = pickle.loads(pickle.dumps(io))
    assert isinstance(again, PyArrowFileIO)
    assert type(again) is type(io) is not PyArrowFileIO
    assert again.properties == {"a": "b"}
    assert telling_io(io) is io
    assert type(telling_io(PyArrowFileIO({}))) is type(io)
