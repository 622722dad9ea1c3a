import pytest
from support.browser import Browser, chromium


@pytest.fixture(scope="session")
def browser():
    program = chromium()
    assert program, "there is no Chromium: `make test-browser` installs one"
    found = Browser(program)
    yield found
    found.close()
