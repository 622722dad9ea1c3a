import pytest
from support.packages import Site


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path / "site")
