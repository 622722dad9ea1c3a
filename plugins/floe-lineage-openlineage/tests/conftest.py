"""A product whose engine is a small package, and a server that holds its lineage against the spec."""

from __future__ import annotations

import os

import pytest
from support.crashing import ENGINE, PLUGINS
from support.forking import Forks
from support.lineage_runs import Product
from support.packages import Site

from floe_sdk.testing import LineageServer


@pytest.fixture(autouse=True)
def no_variables(monkeypatch):
    for name in list(os.environ):
        if name.startswith(("OPENLINEAGE_", "FLOE_")):
            monkeypatch.delenv(name)


@pytest.fixture
def server():
    with LineageServer() as made:
        yield made


@pytest.fixture(scope="session")
def shelf_site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site"))
    site.install("shelf-engine", ENGINE, plugins=PLUGINS)
    return site


@pytest.fixture(scope="session")
def forks(shelf_site):
    with Forks("floe_lineage_openlineage.sending_http", "jsonschema", path=[shelf_site.folder]) as made:
        yield made


@pytest.fixture
def product(tmp_path, shelf_site, forks):
    return Product(tmp_path / "lake", shelf_site, forks)
