"""The workspace of all products of a platform, which each compile extends."""

import os
import shutil
import subprocess
import sys

import pytest
import yaml

UNPRIVILEGED = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
COMMAND = (*UNPRIVILEGED, sys.executable, "-m", "floe_sdk")


def names(lake):
    entries = yaml.safe_load((lake.shared / "workspace.yaml").read_text())["load_from"]
    return [next(iter(each.values()))["location_name"] for each in entries]


def test_products_are_in_the_order_of_their_names(lake):
    others = [lake.another(name) for name in ("zoo", "books")]
    for each in (*others, lake):
        each.compile()
    assert names(lake) == ["books", "shop", "zoo"]
    text = (lake.shared / "workspace.yaml").read_text()
    (lake.shared / "workspace.yaml").unlink()
    for each in (lake, *others):
        each.compile()
    assert (lake.shared / "workspace.yaml").read_text() == text


def test_compiles_at_once_lose_nobody(lake):
    products = [lake.another(f"product-{number}") for number in range(8)]
    environment = {**os.environ, "PYTHONPATH": str(lake.site.folder)}
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "floe_sdk", "compile"], cwd=each.product, env=environment, stdout=subprocess.DEVNULL
        )
        for each in products
    ]
    assert [each.wait(120) for each in running] == [0] * 8
    assert names(lake) == [f"product-{number}" for number in range(8)]
    assert sorted(path.name for path in lake.shared.iterdir()) == [".lock", "workspace.yaml"]


def test_a_product_that_is_gone_is_left_out_by_the_next_compile(lake):
    gone = lake.another("gone")
    gone.compile()
    shutil.rmtree(gone.product)
    lake.compile()
    assert names(lake) == ["shop"]


def test_a_product_that_was_renamed_or_moved_is_there_once(lake):
    lake.compile()
    lake.write(spec={"metadata": {"name": "store", "version": "1.0.0", "owner": "shop@example.com"}})
    lake.compile()
    assert names(lake) == ["store"]
    moved = lake.another("elsewhere")
    shutil.rmtree(lake.product)
    moved.write(spec={"metadata": {"name": "store", "version": "1.0.0", "owner": "shop@example.com"}})
    moved.compile()
    (entry,) = yaml.safe_load((lake.shared / "workspace.yaml").read_text())["load_from"]
    assert entry["python_file"]["relative_path"] == "../../elsewhere/target/dagster/definitions.py"


def test_entries_of_others_stay(lake):
    lake.compile()
    file = lake.shared / "workspace.yaml"
    own = {"python_module": {"module_name": "ours", "location_name": "ours"}}
    server = {"grpc_server": {"host": "dagster", "port": 4000, "location_name": "remote"}}
    file.write_text(yaml.safe_dump({"load_from": [own, *yaml.safe_load(file.read_text())["load_from"], server]}))
    lake.another("books").compile()
    assert names(lake) == ["books", "shop", "ours", "remote"]


@pytest.mark.parametrize("text", ["load_from: [{python_file", "load_from: 7", "- a", "", "\x00"])
def test_a_broken_workspace_is_made_anew(lake, text):
    lake.compile()
    (lake.shared / "workspace.yaml").write_text(text)
    lake.compile()
    assert names(lake) == ["shop"]


def test_a_compile_that_changes_nothing_touches_nothing(lake):
    lake.compile()
    before = [(path, path.stat().st_mtime_ns) for path in sorted(lake.shared.iterdir())]
    lake.compile()
    assert [(path, path.stat().st_mtime_ns) for path in sorted(lake.shared.iterdir())] == before


def test_a_read_only_folder_of_the_platform_is_a_warning(lake):
    (lake.product / "target").mkdir()
    (lake.product / ".floe").mkdir()
    lake.root.chmod(0o555)
    _, err = lake.floe("compile", command=COMMAND)
    assert f"warning: can't write .lock: Permission denied in {lake.shared}" in err.replace("\n", " ")
    assert "does not name this one" in err.replace("\n", " ")
    assert (lake.generated / "workspace.yaml").is_file()
    assert lake.artifact.is_file()
    assert not lake.shared.exists()
    lake.root.chmod(0o755)
    lake.compile()
    lake.root.chmod(0o555)
    (lake.shared / ".lock").unlink()  # nor is it missed
    (lake.shared / "workspace.yaml").chmod(0o444)
    lake.shared.chmod(0o555)
    _, err = lake.floe("compile", command=COMMAND)
    assert "warning" not in err  # there is nothing to write
    lake.shared.chmod(0o755)
    lake.root.chmod(0o755)


def test_a_manifest_beside_floe_yaml_shares_the_products_workspace(lake):
    lake.write(spec={"platform": {"manifest": "manifest.yaml"}})
    shutil.move(lake.root / "manifest.yaml", lake.product / "manifest.yaml")
    lake.compile()
    file = lake.generated / "workspace.yaml"
    (entry,) = yaml.safe_load(file.read_text())["load_from"]
    assert entry["python_file"] == {"relative_path": "definitions.py", "location_name": "shop"}
    own = {"grpc_server": {"host": "dagster", "port": 4000, "location_name": "remote"}}
    file.write_text(yaml.safe_dump({"load_from": [own, entry]}))
    lake.compile()
    assert yaml.safe_load(file.read_text())["load_from"] == [entry, own]
