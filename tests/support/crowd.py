"""Two hundred installed packages with plugins, eleven of them broken, in ten ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from support.packages import STORAGE

if TYPE_CHECKING:
    from pathlib import Path

    from support.packages import Site

PACKAGES = 200
METADATA = """\
Metadata-Version: 2.4
Name: {name}
Version: 1.0
Summary: Tables in {name}
License-Expression: Apache-2.0
Requires-Python: >=3.10
Requires-Dist: {requires}
"""


def _first(statement: str) -> str:
    """The module of a good plugin, with this before everything else."""
    return STORAGE.replace("from floe_sdk", f"{statement}\n    from floe_sdk", 1)


class Broken(NamedTuple):
    """A way to be broken: the code of the module (None: there is none), and what else differs from a good package.

    `plugin` is the plugin's name of type `storage`; its distribution is `floe-storage-<plugin>`.
    """

    title: str
    plugin: str
    code: str | None = STORAGE
    requires: str = "floe-sdk>=0.1"
    providers: int = 1


BROKEN = (
    Broken("A syntax error", "syntax", "def broken(:\n    pass\n"),
    Broken("The import ends the process", "exits", _first("raise SystemExit(3)")),
    Broken("The import hangs", "hangs", _first("import time; time.sleep(3600)")),
    Broken("Its module is missing", "missing", None),
    Broken("Two distributions with one name", "twin", providers=2),
    Broken("No class", "no-class", "Plugin = {'a': 'mapping'}\n"),
    Broken("A hook with a wrong signature", "signature", STORAGE.replace("(self)", "(self, bucket)")),
    Broken("A misspelt hook", "misspelt", STORAGE.replace("storage_access", "storage_acess")),
    Broken("Needs a newer floe-sdk", "newer", requires="floe-sdk>=9.0"),
    Broken("Writes a file when it is imported", "malicious", _first("open(__file__ + '.imported', 'w').close()")),
)


def install_good(site: Site, count: int) -> None:
    """Install packages with a storage plugin that works."""
    for number in range(count):
        name = f"floe-storage-good{number:03}"
        metadata = METADATA.format(name=name, requires="floe-sdk>=0.1")
        site.install(name, plugins={f"storage/good{number:03}": "Plugin"}, metadata=metadata)


def install_broken(site: Site) -> None:
    """Install one of each way to be broken."""
    for one in BROKEN:
        for number in range(one.providers):
            name = f"floe-storage-{one.plugin}" + (f"-{number + 1}" if one.providers > 1 else "")
            plugins = {f"storage/{one.plugin}": "Plugin"}
            metadata = METADATA.format(name=name, requires=one.requires)
            module = site.install(name, one.code or "", plugins=plugins, metadata=metadata)
            if one.code is None:
                (site.folder / f"{module}.py").unlink()


def install_crowd(site: Site) -> Path:
    """Install all two hundred; returns the file that is there once the malicious one was imported."""
    install_broken(site)
    install_good(site, PACKAGES - sum(one.providers for one in BROKEN))
    return site.folder / "floe_storage_malicious.py.imported"
