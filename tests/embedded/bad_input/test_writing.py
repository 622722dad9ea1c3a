"""`floe compile` that can't write: a folder that is read-only, a disk that is full. The artifact of before stays."""

from __future__ import annotations

import json
import os
import sys

import pytest
from support.folders import contents

FLOE = (sys.executable, "-m", "floe_sdk")
# Root writes where the permissions forbid it; without these capabilities it is held by them as everybody is.
UNPRIVILEGED = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
NEXT = {"metadata": {"name": "shop", "version": "2.0.0", "owner": "shop@example.com"}}


def read_only(*folders):
    for folder in folders:
        folder.chmod(0o555)


@pytest.fixture
def stays(workspace):
    """The product, compiled, then changed; at the end its artifact is what it was, and nothing is half-written."""
    before = workspace.compile()
    workspace.write(spec=NEXT)
    found = contents(workspace.root)
    yield workspace
    for folder in (workspace.product, workspace.product / "target", workspace.product / "target" / "tiny"):
        folder.chmod(0o755)
    assert json.loads(workspace.artifact.read_bytes()) == before
    assert {name: kind for name, kind in contents(workspace.root).items() if not name.endswith("filler")} == found
    assert workspace.compile()["metadata"]["product_version"] == "2.0.0"


def test_a_read_only_target(stays):
    read_only(stays.product / "target" / "tiny", stays.product / "target")
    _, err = stays.floe("compile", code=1, command=(*UNPRIVILEGED, *FLOE))
    assert f"{stays.artifact}: error[FLOE-C001]: can't write compiled_artifacts.json: Permission denied" in err
    assert "make the folder writable, or set FLOE_STATE_DIR" in err


def test_a_read_only_product_that_was_never_compiled(workspace):
    read_only(workspace.product)
    before = contents(workspace.root)
    try:
        _, err = workspace.floe("compile", code=1, command=(*UNPRIVILEGED, *FLOE))
        assert contents(workspace.root) == before
        state = workspace.root.parent / "state"
        workspace.floe("compile", command=(*UNPRIVILEGED, *FLOE), FLOE_STATE_DIR=str(state))
    finally:
        workspace.product.chmod(0o755)
    assert "error[FLOE-C001]" in err
    assert "Permission denied" in err
    assert "set FLOE_STATE_DIR" in err
    assert (state / "shop" / "target" / "compiled_artifacts.json").is_file()


def test_a_full_disk(tmp_path, engine, disk, full):
    from support.workspace import Workspace

    (tmp_path / "lake").mkdir()
    with disk(tmp_path / "lake", "128k") as mounted:
        if not mounted:
            pytest.skip("no file system can be mounted here; the next test stands for it")
        workspace = Workspace(tmp_path / "lake", engine)
        before = workspace.compile()
        workspace.write(spec=NEXT)
        filler = full(workspace.root)
        found = contents(workspace.root)
        _, err = workspace.floe("compile", code=1)
        assert f"{workspace.artifact}: error[FLOE-C001]: can't write compiled_artifacts.json: No space left" in err
        assert "make room on that disk, or set FLOE_STATE_DIR" in err
        assert contents(workspace.root) == found
        assert json.loads(workspace.artifact.read_bytes()) == before
        filler.unlink()
        assert workspace.compile()["metadata"]["product_version"] == "2.0.0"


def test_a_disk_that_takes_a_part_of_the_artifact(stays):
    limited = ("sh", "-c", 'ulimit -f 1 && exec "$@"', "sh")
    _, err = stays.floe("compile", code=1, command=(*limited, *FLOE))
    assert "error[FLOE-C001]: can't write compiled_artifacts.json: File too large" in err
    assert "make room on that disk" in err
