"""The plugin author's guide, followed: its package is installed, listed, selected and used."""

import re

import pytest
from support.packages import Site
from support.pages import DOCS, Reader, blocks

GUIDE = DOCS / "plugins" / "guide.md"


class Author(Reader):
    """Follows the guide; `pip install .` installs into a folder of its own, from the same files."""

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
        requires = "\n".join(f"Requires-Dist: {one}" for one in re.findall(r'dependencies = \["(.+)"\]', project))
        name, version = re.search(r"Name: (.+)\nVersion: (.+)", head).groups()
        self.site.install(name, "", plugins=plugins, version=version, metadata=f"{head}\n{requires}\n\n")
        for module in self.folder.glob("floe_*.py"):
            (self.site.folder / module.name).write_text(module.read_text())
        return ""


@pytest.fixture
def author(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    author = Author(folder, Site(tmp_path / "site"))
    for page in (DOCS / "tutorial.md", GUIDE):
        for block in blocks(page):
            if block.title and not block.title.endswith("(more)"):
                author.write(block)
    return author


def test_the_guide_works(author):
    author.follow(GUIDE)
