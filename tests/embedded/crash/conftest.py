from __future__ import annotations

import pytest
from support.crashing import ENGINE, PLUGINS, Evidence, Shelf
from support.forking import Forks
from support.packages import Site


@pytest.fixture(scope="session")
def shelf_site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site"))
    site.install("shelf-engine", ENGINE, plugins=PLUGINS)
    return site


@pytest.fixture(scope="session")
def forks(shelf_site):
    made = Forks(path=[shelf_site.folder])
    yield made
    made.close()


@pytest.fixture(scope="session")
def make_shelf(shelf_site):
    """Makes a product in a folder, and what there is to see of it."""

    def make(root):
        shelf = Shelf(root, shelf_site)
        return shelf, Evidence(shelf.root, shelf.product)

    return make
