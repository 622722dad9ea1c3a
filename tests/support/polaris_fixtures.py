"""The Polaris of this session: the one whose address is given, or the reference server behind its protocol."""

from __future__ import annotations

import pytest

from floe_sdk.testing import PolarisServer
from support.polaris import connected, target_of
from support.polaris_admin import Admin
from support.polaris_given import clearing, given, is_given


@pytest.fixture
def polaris(rest_catalog, tmp_path):
    """Polaris' protocol before the reference server, to be told to misbehave; its tables are in a folder."""
    root = f"file://{tmp_path}/warehouse"
    with PolarisServer(rest_catalog.uri, base_location=root) as server:
        yield server


@pytest.fixture
def proxied(polaris, tmp_path):
    """The same, as a target."""
    return target_of(polaris, f"file://{tmp_path}/warehouse", management_uri=polaris.management_uri)


@pytest.fixture
def target(request):
    """`FLOE_TEST_POLARIS_URI` (with _CREDENTIAL, _WAREHOUSE, _MANAGEMENT_URI, _REALM), or else `proxied`."""
    return given() if is_given() else request.getfixturevalue("proxied")


@pytest.fixture
def catalog(target, unique):
    """A connection, and a namespace of this test's own, which is cleared away."""
    with connected(target) as made, clearing(made, target, unique):
        made.create_namespace(unique)
        yield made


@pytest.fixture
def admin(target):
    """The management API by hand."""
    made = Admin(target)
    yield made
    made.close()
