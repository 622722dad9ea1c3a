"""Lists: all pages are read, and a page token that comes again ends it.

For: PyIceberg before 0.12 reads the first page of namespaces and tables; 0.12 asks for ever where a server repeats a
token. Upstream: iceberg-python #3347.
Goes when: tests/test_upstream.py::test_pyiceberg_reads_one_page_or_for_ever fails for every supported version.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from pyiceberg import exceptions as iceberg
from pyiceberg.catalog.rest import response as rest_response
from requests import HTTPError

if TYPE_CHECKING:
    from pyiceberg.typedef import Identifier

    from floe_catalog_polaris.catalog import PolarisCatalog

_VIEWS = "GET /v1/{prefix}/namespaces/{namespace}/views"
_log = logging.getLogger(__name__)


def list_namespaces(catalog: PolarisCatalog, namespace: str | Identifier = ()) -> list[Identifier]:
    """The namespaces below `namespace`, or the top ones."""
    parent = catalog.identifier_to_tuple(namespace)
    params = {"parent": "\x1f".join(parent)} if parent else {}
    return [tuple(each) for each in _pages(catalog, catalog.url("namespaces"), params, "namespaces")]


def list_tables(catalog: PolarisCatalog, namespace: str | Identifier) -> list[Identifier]:
    """The tables of a namespace."""
    return _in_namespace(catalog, namespace, "tables")


def list_views(catalog: PolarisCatalog, namespace: str | Identifier) -> list[Identifier]:
    """The views of a namespace; none where the server does not offer any."""
    if catalog.offered and _VIEWS not in catalog.offered:
        return []
    return _in_namespace(catalog, namespace, "views")


def _in_namespace(catalog: PolarisCatalog, namespace: str | Identifier, kind: str) -> list[Identifier]:
    from urllib.parse import quote

    parts = catalog.identifier_to_tuple(namespace)
    if not parts:
        raise iceberg.NoSuchNamespaceError(f"Empty namespace identifier: {namespace!r}")
    path = "%1F".join(quote(part, safe="") for part in parts)
    found = _pages(catalog, catalog.url(f"namespaces/{path}/{kind}"), {}, "identifiers")
    return [(*each["namespace"], each["name"]) for each in found]


def _pages(catalog: PolarisCatalog, url: str, params: dict[str, str], key: str) -> list[Any]:
    entries: list[Any] = []
    seen: set[str] = set()
    while True:
        response = catalog.session.get(url, params=params)
        try:
            response.raise_for_status()
        except HTTPError as error:
            rest_response._handle_non_200_response(error, {404: iceberg.NoSuchNamespaceError})  # noqa: SLF001 - it knows every status
        document = response.json()
        entries += [each for each in document.get(key) or () if each not in entries]
        token = document.get("next-page-token")
        if not token:
            return entries
        if token in seen:
            _log.warning("the catalog's server sends the same page of %s again and again; took it once", key)
            return entries
        seen.add(token)
        params = {**params, "pageToken": token}
