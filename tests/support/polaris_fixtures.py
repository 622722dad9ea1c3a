"""The Polaris of this session: the one whose address is given, or the reference server behind its protocol."""

from __future__ import annotations

import os

import pytest

from floe_sdk.testing import PolarisServer
from support.polaris import Target, target_of

VARIABLE = "FLOE_TEST_POLARIS_"


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
    return given() if os.environ.get(f"{VARIABLE}URI") else request.getfixturevalue("proxied")


def given():
    """The server whose address the environment gives, and where it keeps the catalog's tables, as it says itself."""
    from floe_catalog_polaris.connecting import server_config
    from support.polaris import plugin

    names = ("URI", "CREDENTIAL", "WAREHOUSE", "MANAGEMENT_URI", "REALM")
    values = {name: os.environ.get(VARIABLE + name) for name in names}
    target = Target(
        values["URI"].rstrip("/"),
        values["CREDENTIAL"],
        values["WAREHOUSE"],
        "",
        realm=values["REALM"],
        management_uri=values["MANAGEMENT_URI"],
        file_io=_s3(),
    )
    made = plugin(target)
    target.root = server_config(made._connection())["defaults"]["default-base-location"]
    made.plugin_close()
    return target


def _s3():
    """How this side reaches the files of a catalog on S3."""
    names = {
        "s3.endpoint": "FLOE_TEST_S3_ENDPOINT",
        "s3.access-key-id": "FLOE_TEST_S3_ACCESS_KEY_ID",
        "s3.secret-access-key": "FLOE_TEST_S3_SECRET_ACCESS_KEY",
        "s3.region": "FLOE_TEST_S3_REGION",
    }
    return {key: os.environ[name] for key, name in names.items() if os.environ.get(name)}
