"""The pages for plugin authors, followed: their packages are made, installed, tested, checked, built and used."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.packages import Site
from support.pages import DOCS, ROOT, Reader

PAGES = DOCS / "plugins"


class Author(Reader):
    """Follows a page in the tutorial's product; `pip install .` makes what pip would, in a folder of its own."""

    def __init__(self, folder, site):
        super().__init__(folder, PYTHONPATH=str(site.folder))
        self.site = site

    def run(self, command):
        if command != "pip install .":
            return super().run(command)
        project = (self.folder / "pyproject.toml").read_text()
        plugins = {
            f"{group.replace('commands', 'command')}/{name}": target
            for group, entries in re.findall(r'entry-points\."floe\.(\w+)"\]\n((?:[\w-]+ = .*\n)+)', project)
            for name, target in re.findall(r'([\w-]+) = "(.+)"', entries)
        }
        head = "\n".join(
            f"{field}: {value}"
            for field, key in (("Name", "name"), ("Version", "version"), ("Summary", "description"))
            for value in re.findall(rf'^{key} = "(.+)"', project, re.MULTILINE)
        )
        requires = "\n".join(f"Requires-Dist: {one}" for one in re.findall(r'"(floe-sdk[^"]*)"', project))
        name, version = re.search(r"Name: (.+)\nVersion: (.+)", head).groups()
        self.site.install(name, "", plugins=plugins, version=version, metadata=f"{head}\n{requires}\n\n")
        for module in self.folder.glob("floe_*.py"):
            (self.site.folder / module.name).write_text(module.read_text())
        return ""


class Builder(Reader):
    """Follows the guide; what it installs and builds, uv does, without an index and into a folder of its own."""

    UV = ROOT / ".tools" / "bin" / "uv"
    ALONE = ("--no-build-isolation", "--offline", "--quiet", "--python", sys.executable)

    def __init__(self, folder, site):
        super().__init__(folder, PYTHONPATH=str(site))
        self.site = site

    def run(self, command):
        if command == "python -m build":
            return super().run(f"'{self.UV}' build --wheel {' '.join(map(str, self.ALONE))}")
        if not command.startswith("pip install "):
            return super().run(command)
        shutil.rmtree(self.site, ignore_errors=True)
        what = "." if " -e " in command else command.split()[-1]
        options = [*self.ALONE, "--no-deps", "--reinstall", "--target", self.site]
        done = subprocess.run(
            [self.UV, "pip", "install", *options, what],
            cwd=self.here,
            env={**os.environ, "UV_COMPILE_BYTECODE": "0"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.code = done.returncode
        return done.stdout


@pytest.mark.parametrize("page", ["storage", "examples"])
def test_a_page_works_from_the_end_of_the_tutorial(page, shop, tmp_path):
    folder = tmp_path / "shop"
    shutil.copytree(shop, folder)
    Author(folder, Site(tmp_path / "site")).follow(PAGES / f"{page}.md")


def test_the_guide_works_from_nothing_to_a_product_on_the_built_wheel(shop, tmp_path):
    folder = tmp_path / "work"
    shutil.copytree(shop, folder / "shop")
    Builder(folder, tmp_path / "site").follow(PAGES / "guide.md")
    assert {path.name for path in Path(tmp_path / "site").glob("*.dist-info")} == {"floe_storage_share-0.1.0.dist-info"}
