import os
import shutil

import pytest
from filelock import FileLock
from support.pages import DOCS, Reader


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    """The folder in which the tutorial ends; followed once, whatever the number of workers."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with FileLock(base / "shop.lock"):
        if not (base / "shop-done").exists():
            shutil.rmtree(base / "shop", ignore_errors=True)  # another worker's attempt, which failed
            (base / "shop").mkdir()
            Reader(base / "shop").follow(DOCS / "tutorial.md")
            (base / "shop-done").touch()
    return base / "shop"
