import pytest
from support.authors import Author
from support.packages import Site


@pytest.fixture
def author(tmp_path):
    return Author(tmp_path / "floe-storage-shelf")


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path / "site")
