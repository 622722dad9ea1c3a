"""Wheels of what no index has: built from the source, or packed from what is installed."""

import io
import os
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import Distribution
from pathlib import Path

import pytest

from floe_sdk import FloeError
from floe_sdk.packaging.building import built
from floe_sdk.packaging.repacking import repacked

PROJECT = """
[build-system]
requires = [{requires}]
build-backend = "{backend}"

[project]
name = "Odd.Name"
version = "{version}"
requires-python = ">=3.10"
dependencies = ["click>=8"]

[project.scripts]
odd = "odd_name:main"

[tool.hatch.build.targets.wheel]
packages = ["odd_name"]

[tool.hatch.build.targets.wheel.shared-scripts]
"odd.sh" = "odd.sh"
"odd.py" = "odd.py"

[tool.hatch.build.targets.wheel.shared-data]
"odd.txt" = "share/odd/odd.txt"
"""
ODD = "import sys\ndef main():\n    print('odd', sys.prefix)\n"


def source(folder, *, requires='"hatchling"', backend="hatchling.build", version="1.0"):
    (folder / "odd_name").mkdir(parents=True)
    (folder / "odd_name" / "__init__.py").write_text(ODD)
    (folder / "odd.sh").write_text("#!/bin/sh\necho odd\n")
    (folder / "odd.py").write_text("#!python\nprint('odd')\n")
    (folder / "odd.txt").write_text("data, with a comma\n")
    (folder / "pyproject.toml").write_text(PROJECT.format(requires=requires, backend=backend, version=version))
    return folder


def install(target, *arguments):
    """Install into an environment of its own, without a network."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(target / "bin" / "python"),
        "install",
        "--no-index",
        "--no-deps",
    ]
    subprocess.run([*command, *map(str, arguments)], check=True, capture_output=True)
    return next(iter(Distribution.discover(name="odd.name", path=[str(site(target))])))


def site(target):
    return next((target / "lib").glob("python*/site-packages"))


def environment(folder):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder


class Named(Distribution):
    """Somebody's installed distribution, as far as building its source asks."""

    def read_text(self, filename):
        return "Metadata-Version: 2.1\nName: Odd.Name\nVersion: 1.0\n" if filename == "METADATA" else None

    def locate_file(self, path):
        return Path(path)


def test_a_build_gives_the_same_bytes_from_another_place_at_another_time(tmp_path):
    first = built(Named(), source(tmp_path / "one"))
    other = source(tmp_path / "deep" / "two")
    for path in other.rglob("*"):
        os.utime(path, (1_500_000_000, 1_500_000_000))
    assert built(Named(), other) == first
    assert first.filename == "odd_name-1.0-py3-none-any.whl"
    assert str(tmp_path).encode() not in first.content
    with zipfile.ZipFile(io.BytesIO(first.content)) as archive:  # zlib has no say, nor the umask
        assert {each.compress_type for each in archive.infolist()} == {zipfile.ZIP_STORED}
        assert {oct(each.external_attr >> 16) for each in archive.infolist()} <= {"0o100644", "0o100755"}
        assert archive.testzip() is None


def test_a_wheel_that_is_packed_from_what_is_installed_installs_the_same(tmp_path):
    wheel = built(Named(), source(tmp_path / "source"))
    (tmp_path / wheel.filename).write_bytes(wheel.content)
    one = install(environment(tmp_path / "one"), tmp_path / wheel.filename)
    packed = repacked(one)
    assert packed.filename == wheel.filename
    again = tmp_path / "again" / packed.filename
    again.parent.mkdir()
    again.write_bytes(packed.content)
    two = install(environment(tmp_path / "two"), again)
    assert repacked(two) == packed
    assert str(tmp_path).encode() not in packed.content
    with zipfile.ZipFile(again) as archive:
        assert sorted(archive.namelist()) == [
            "odd_name-1.0.data/data/share/odd/odd.txt",
            "odd_name-1.0.data/scripts/odd.py",
            "odd_name-1.0.data/scripts/odd.sh",
            "odd_name-1.0.dist-info/METADATA",
            "odd_name-1.0.dist-info/RECORD",
            "odd_name-1.0.dist-info/WHEEL",
            "odd_name-1.0.dist-info/entry_points.txt",
            "odd_name/__init__.py",
        ]
    for script, said in [("odd", f"odd {tmp_path / 'two'}\n"), ("odd.sh", "odd\n"), ("odd.py", "odd\n")]:
        assert subprocess.check_output([tmp_path / "two" / "bin" / script], text=True) == said


def test_what_was_changed_after_it_was_installed_is_not_packed(tmp_path):
    wheel = built(Named(), source(tmp_path / "source"))
    (tmp_path / wheel.filename).write_bytes(wheel.content)
    installed = install(environment(tmp_path / "one"), tmp_path / wheel.filename)
    module = site(tmp_path / "one") / "odd_name" / "__init__.py"
    module.write_text(ODD + "# mended here\n")
    with pytest.raises(FloeError, match=r"Odd.Name: odd_name/__init__.py is not the file that was installed") as caught:
        repacked(installed)
    assert caught.value.code.id == "FLOE-B010"
    module.unlink()
    with pytest.raises(FloeError, match="can't be read"):
        repacked(installed)
    shutil.rmtree(site(tmp_path / "one") / "odd_name-1.0.dist-info")
    with pytest.raises(FloeError, match="no RECORD"):
        repacked(Named())


def test_a_missing_build_backend_is_named_with_how_to_get_it(tmp_path):
    folder = source(
        tmp_path / "source", requires='"hatchling>=9000", "no-such-backend", "gone; python_version < \'3\'"'
    )
    with pytest.raises(FloeError) as caught:
        built(Named(), folder)
    assert caught.value.code.id == "FLOE-B008"
    assert caught.value.problem == (
        "Odd.Name is installed from its source, and building its wheel needs hatchling>=9000, no-such-backend"
    )
    assert caught.value.fix == "run: pip install 'hatchling>=9000' 'no-such-backend'"
    assert caught.value.where == str(folder)


def test_a_build_that_fails_says_what_its_backend_said(tmp_path):
    folder = source(tmp_path / "source", version="soon")
    with pytest.raises(FloeError) as caught:
        built(Named(), folder)
    assert caught.value.code.id == "FLOE-B009"
    assert caught.value.problem.startswith("building the wheel of Odd.Name failed:\n")
    assert "soon" in caught.value.problem


def test_a_source_of_another_version_is_not_what_is_installed(tmp_path):
    with pytest.raises(FloeError, match=r"makes version 2\.0, and 1\.0 is installed"):
        built(Named(), source(tmp_path / "source", version="2.0"))
    with pytest.raises(FloeError, match="is not there"):
        built(Named(), tmp_path / "gone")


def test_a_backend_of_the_sources_own_is_found(tmp_path):
    folder = source(tmp_path / "source", requires="", backend="own:backend.inner")
    text = (folder / "pyproject.toml").read_text()
    (folder / "pyproject.toml").write_text(text.replace('inner"', 'inner"\nbackend-path = ["tools"]'))
    (folder / "tools").mkdir()
    (folder / "tools" / "own.py").write_text(
        "import hatchling.build\nclass backend:\n    inner = hatchling.build\nprint('noise')\n"
    )
    assert built(Named(), folder).filename == "odd_name-1.0-py3-none-any.whl"
