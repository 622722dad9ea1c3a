import pytest
from support.packages import Site
from support.workspace import ENGINE, PLUGINS, Workspace


@pytest.fixture(scope="session")
def engine(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site"))
    site.install("tiny-engine", ENGINE, plugins=PLUGINS)
    return site


@pytest.fixture
def workspace(tmp_path, engine):
    return Workspace(tmp_path / "lake", engine)
