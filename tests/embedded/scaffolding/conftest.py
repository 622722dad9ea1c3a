from __future__ import annotations

import os

import pytest
from filelock import FileLock
from support.scaffolding import NAME, Author

from floe_sdk import PluginType


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for name in list(os.environ):
        if name.startswith(("FLOE_", "OTEL_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)


@pytest.fixture(scope="session")
def author(tmp_path_factory):
    """An author with a plugin of each type, scaffolded, built and installed; once, whatever the number of workers."""
    base = tmp_path_factory.getbasetemp()
    author = Author((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "author")
    with FileLock(f"{author.folder}.lock"):
        if not author.folder.exists():
            author.make()
            for kind in PluginType:
                author.floe("plugins", "new", kind.value, NAME)
            author.install(author.packages)
    return author
