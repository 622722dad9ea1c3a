"""`endpoints` of the config answer: what can't be parsed is left out, the rest counts.

For: PyIceberg 0.11.0 (`'PUT' is not a valid HttpMethod`, which keeps it from any Polaris), and any later one before a
verb that it does not know. Upstream: iceberg-python #3010, #3074. 0.10 reads no endpoints.
Goes when: tests/test_upstream.py::test_pyiceberg_stumbles_over_an_unknown_verb fails for every supported version.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from pyiceberg.catalog import rest

_SEPARATOR = "namespace-separator"


def offer(catalog: Any, listed: object) -> None:
    """Tell a REST catalog what its server offers, and how it separates the levels of a namespace."""
    catalog._namespace_separator = unquote(catalog.properties.get(_SEPARATOR) or "\x1f")  # noqa: SLF001 - its own constructor would set these
    catalog.offered = (
        frozenset(each for each in listed if isinstance(each, str)) if isinstance(listed, list) else frozenset()
    )
    if hasattr(rest, "Endpoint"):
        catalog._supported_endpoints = parsed(listed) or set(rest.DEFAULT_ENDPOINTS)  # noqa: SLF001


def parsed(listed: object) -> set[Any]:
    """The endpoints that this PyIceberg understands."""
    found = set()
    for each in listed if isinstance(listed, list) else ():
        try:
            found.add(rest.Endpoint.from_string(each))
        except (ValueError, AttributeError):
            continue  # a verb or a form of its own: nothing that is asked for here
    return found
