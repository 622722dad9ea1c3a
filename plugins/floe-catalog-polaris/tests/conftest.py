"""A server that speaks Polaris' protocol, on a socket; nothing here needs a real one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.polaris import connected, target_of

from floe_sdk.testing import PolarisServer


@pytest.fixture
def server():
    with PolarisServer() as made:
        yield made


@pytest.fixture
def target(server):
    return target_of(server)


@pytest.fixture
def catalog(target):
    with connected(target) as made:
        yield made


@pytest.fixture
def recorded():
    """The folder of the answers that real servers gave."""
    folder = Path(os.environ.get("FLOE_TEST_DATA") or Path(__file__).parents[4] / "shared" / "data") / "polaris"
    if not folder.is_dir():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"{folder} is not there (FLOE_TEST_DATA)")
    return folder
