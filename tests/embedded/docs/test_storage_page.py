"""The file system and the plugin of the page about storages are held to the contract of storages."""

import subprocess
import sys

import pytest
from support.pages import DOCS, blocks

PAGE = DOCS / "plugins" / "storage.md"
TESTS = """
    import logging

    import pytest
    from floe_sdk.testing import StorageContract
    from floe_storage_pool import PoolStorage


    class TestPool(StorageContract):
        plugin = PoolStorage
        not_supported = {"ready": "folders are made with the first file", "health": "the page leaves it to the guide"}

        @pytest.fixture
        def config(self, tmp_path, monkeypatch):
            monkeypatch.setenv("POOL_PASSWORD", "planted-password")
            (tmp_path / "mount").mkdir()
            return {"path": f"{tmp_path}/mount/lake", "password": {"env": "POOL_PASSWORD"}}

        @pytest.fixture
        def unreachable(self, config, tmp_path):
            return {**config, "path": f"{tmp_path}/not-mounted/lake"}

        def test_eight_write_into_one_new_folder(self, files):
            from concurrent.futures import ThreadPoolExecutor

            places = [f"{files.root}deep/er/{number}" for number in range(8)]
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(lambda place: files.write(place, place.encode()), places))
            assert [files.read(place).decode() for place in places] == places

        def test_a_listing_tells_the_time(self, files):
            from floe_storage_pool.files import PoolFiles

            files.write(f"{files.root}one/two", b"text")
            path = files.root.removeprefix("pool://")
            system = files.io.filesystem("")
            assert isinstance(system, PoolFiles)
            assert [info["mtime"] > 1e9 for info in system.ls(f"{path}one")] == [True]
            assert list(system.find(path)) == [f"{path}one/two"]
"""


def shown(word):
    """The block of Python that begins with what it is."""
    (text,) = [block.text for block in blocks(PAGE) if block.language == "python" and word in block.text[:90]]
    return text


@pytest.fixture
def package(tmp_path):
    folder = tmp_path / "floe_storage_pool"
    folder.mkdir()
    (folder / "__init__.py").write_text(shown("floe_storage_pool/__init__.py"), encoding="utf-8")
    (folder / "files.py").write_text(shown("floe_storage_pool/files.py"), encoding="utf-8")
    return tmp_path


def python(package, *arguments):
    return subprocess.run(
        [sys.executable, *arguments], cwd=package, capture_output=True, text=True, timeout=300, check=False
    )


def test_the_file_system_of_the_page_keeps_the_contract(package):
    (package / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\npythonpath = .\n")
    (package / "test_pool.py").write_text("if True:\n" + TESTS, encoding="utf-8")
    done = python(package, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", f"--basetemp={package / 't'}")
    assert done.returncode == 0, done.stdout
    assert "has no `filesystem()`" not in done.stdout
    assert "folder of this machine" not in done.stdout


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"path": "/lake#1"}, "Iceberg's clients misread '#' in a path"),
        ({"path": "/lake", "password": {"env": "A"}, "private_key": {"env": "B"}}, "give one of `password` and"),
    ],
)
def test_a_wrong_configuration_is_found_by_the_model(package, config, told):
    code = f"import floe_storage_pool; floe_storage_pool.PoolConfig.model_validate({config})"
    assert told in python(package, "-c", code).stderr
