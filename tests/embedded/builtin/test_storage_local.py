import os
from multiprocessing import get_context
from pathlib import Path

import pytest

from floe_sdk import FloeError, Platform, PluginContext, PluginSelection, PluginType


def context(root: Path) -> PluginContext:
    return PluginContext("dev", "lake", "x", "x", root, root, root / ".floe/dev", root / ".floe")


def platform(root, config=None):
    return Platform.load([PluginSelection(PluginType.STORAGE, "local", config or {})], context(root))


def test_without_a_path_the_warehouse_is_in_the_platforms_state(tmp_path):
    assert platform(tmp_path).storage.storage_access().root == f"file://{tmp_path}/.floe/dev/warehouse/"


@pytest.mark.parametrize(
    ("path", "folder"),
    [("lake", "{0}/lake"), ("../other/", "{1}/other"), ("/srv/x", "/srv/x"), ("{environment}/x y", "{0}/dev/x y")],
)
def test_a_path_is_relative_to_the_manifest(tmp_path, path, folder):
    root = platform(tmp_path, {"path": path}).storage.storage_access().root
    assert root == f"file://{folder.format(tmp_path, tmp_path.parent)}/"


def test_saying_where_does_no_io(tmp_path):
    platform(tmp_path).storage.storage_access()
    assert list(tmp_path.iterdir()) == []


def test_ready_makes_the_folder_and_leaves_nothing_in_it(tmp_path):
    storage = platform(tmp_path).storage
    storage.storage_ready(timeout=1)
    storage.storage_ready(timeout=1)
    assert list((tmp_path / ".floe/dev/warehouse").iterdir()) == []


def ready(root):
    platform(root).storage.storage_ready(timeout=1)


def test_several_processes_at_once(tmp_path):
    with get_context("spawn").Pool(3) as pool:
        pool.map(ready, [tmp_path] * 6)


def test_what_cannot_be_written_names_the_variable(tmp_path):
    (tmp_path / ".floe").write_text("a file in its place")
    with pytest.raises(FloeError, match=r"warehouse can't be written") as caught:
        platform(tmp_path).storage.storage_ready(timeout=1)
    assert (caught.value.code.id, caught.value.exit_code) == ("FLOE-K040", 1)
    assert "FLOE_STATE_DIR" in caught.value.fix


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_not_writable(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(FloeError, match="Permission denied"):
        platform(tmp_path).storage.storage_ready(timeout=1)


def test_health_is_a_round_trip(tmp_path):
    health = platform(tmp_path).lifecycle("storage/local").plugin_health(timeout=1)
    assert health.ok
    assert health.seconds is not None
    (tmp_path / "file").write_text("")
    health = platform(tmp_path, {"path": "file"}).lifecycle("storage/local").plugin_health(timeout=1)
    assert not health.ok
    assert "can't be written" in health.message


@pytest.mark.parametrize("path", ["a?b", "a#b", "a%20b"])
def test_a_path_that_clients_of_iceberg_misread_is_refused(tmp_path, path):
    with pytest.raises(FloeError, match="clients misread"):
        platform(tmp_path, {"path": path}).storage.storage_access()
