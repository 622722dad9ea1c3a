import pytest
from support.pages import DOCS, Reader


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    """The folder in which the tutorial ends; followed once, also for the pages that go on from there."""
    folder = tmp_path_factory.mktemp("shop")
    Reader(folder).follow(DOCS / "tutorial.md")
    return folder
