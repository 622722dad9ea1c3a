"""What bare PyIceberg does before the same server: a test that fails here says that its shim may go.

Each runs in both lanes, on the newest and on the oldest PyIceberg that the package takes.
"""

from __future__ import annotations

import pyarrow as pa
import pyiceberg
import pytest
from packaging.version import Version
from pydantic import ValidationError
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import UnauthorizedError

from floe_sdk.testing import PolarisServer, offering, overriding, repeated_page_token
from floe_sdk.testing.polaris_wire import CONFIG, CREATE_TABLE, DELEGATION_HEADER, LIST_NAMESPACES, TOKEN

PYICEBERG = Version(pyiceberg.__version__)
loads_polaris = pytest.mark.skipif(Version("0.11.0") == PYICEBERG, reason="PyIceberg 0.11.0 loads no Polaris catalog")


def bare(server, **more):
    known = {"uri": server.catalog_uri, "warehouse": "lake", "credential": server.credential}
    known |= {"scope": "PRINCIPAL_ROLE:ALL", "oauth2-server-uri": server.token_uri}
    return RestCatalog("bare", **{**known, **more})


@pytest.mark.skipif(Version("0.11") > PYICEBERG, reason="PyIceberg 0.10 reads no endpoints")
def test_pyiceberg_stumbles_over_an_unknown_verb(server):
    server.misbehave(offering("QUERY /v1/{prefix}/x"), CONFIG)
    with pytest.raises(ValueError, match="QUERY"):
        bare(server)


@pytest.mark.skipif(Version("0.11.0") != PYICEBERG, reason="of PyIceberg 0.11.0 alone")
def test_pyiceberg_0_11_0_loads_no_polaris_catalog(server):
    with pytest.raises(ValueError, match="PUT"):
        bare(server)


@loads_polaris
def test_pyiceberg_reads_one_page_or_for_ever(server):
    with bare(server) as catalog:
        for name in ("a", "b"):
            catalog.create_namespace(name)
        server.page_size = 1
        one_page = catalog.list_namespaces() == [("a",)]
        server.page_size = None
        rule = server.misbehave(repeated_page_token(), LIST_NAMESPACES, times=30)
        catalog.list_namespaces()
    assert one_page or rule.used == 30


@loads_polaris
def test_pyiceberg_always_asks_for_vended_credentials(server):
    with bare(server) as catalog:
        catalog.list_namespaces()
    assert server.requests[-1].headers[DELEGATION_HEADER] == "vended-credentials"


@loads_polaris
def test_pyiceberg_follows_any_override(server):
    with PolarisServer() as thief:
        server.misbehave(overriding(uri=thief.catalog_uri), CONFIG)
        with bare(server) as catalog, pytest.raises(UnauthorizedError):
            catalog.list_namespaces()
        assert any("Authorization" in call.headers for call in thief.requests)


def test_pyiceberg_asks_for_a_scope_that_polaris_does_not_know(server):
    with pytest.raises(Exception, match="invalid_scope"):
        bare(server, scope="")
    assert server.calls(TOKEN)[0].form["scope"] == "catalog"


@loads_polaris
def test_pyiceberg_leaves_the_token_endpoint_to_a_deprecated_default(server):
    known = {"uri": server.catalog_uri, "warehouse": "lake", "credential": server.credential}
    with pytest.warns(DeprecationWarning, match="OAuth2 server URI"):
        RestCatalog("bare", **known, scope="PRINCIPAL_ROLE:ALL").close()


@loads_polaris
def test_pyiceberg_does_not_write_format_version_3(server):
    """It sends the request, and finds out when the files are to be written."""
    with bare(server) as catalog:
        catalog.create_namespace("shop")
        with pytest.raises(ValidationError):  # of an answer without a table: the server of this test keeps none
            catalog.create_table(("shop", "t"), pa.schema([("x", pa.int64())]), properties={"format-version": "3"})
    assert len(server.calls(CREATE_TABLE)) == 1
