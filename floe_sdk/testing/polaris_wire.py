"""What Apache Polaris 1.3.0-incubating and 1.7.0 were seen to answer: paths, endpoint lists and error documents."""

from __future__ import annotations

import re
from typing import Any

from floe_sdk.testing.faults import Answer
from floe_sdk.testing.traffic import Calls

CATALOG_API = "/api/catalog"
MANAGEMENT_API = "/api/management/v1"
REALM_HEADER = "Polaris-Realm"
DELEGATION_HEADER = "X-Iceberg-Access-Delegation"
VERSIONS = ("1.3.0-incubating", "1.7.0")

TOKEN = Calls("POST", r"/v1/oauth/tokens$")
CONFIG = Calls("GET", r"/v1/config(\?|$)")
LIST_NAMESPACES = Calls("GET", r"/namespaces(\?|$)")
CREATE_NAMESPACE = Calls("POST", r"/namespaces$")
LIST_TABLES = Calls("GET", r"/namespaces/[^/]+/tables(\?|$)")
CREATE_TABLE = Calls("POST", r"/namespaces/[^/]+/tables$")
LOAD_TABLE = Calls("GET", r"/namespaces/[^/]+/tables/[^/?]+(\?|$)")
COMMIT = Calls("POST", r"/namespaces/[^/]+/tables/[^/]+$")
RENAME_TABLE = Calls("POST", r"/tables/rename$")
DROP_NAMESPACE = Calls("DELETE", r"/namespaces/[^/]+$")
LOAD_NAMESPACE = Calls("GET", r"/namespaces/[^/?]+$")
DROP_TABLE = Calls("DELETE", r"/namespaces/[^/]+/tables/[^/]+")
CATALOG = Calls(None, rf"^{CATALOG_API}/")
MANAGEMENT = Calls(None, rf"^{MANAGEMENT_API}/")

_ODD = re.compile(r"[\x00-\x1f\x7f-\x9f/\\:*?\"<>|#+`]")
_NAMESPACE = "/v1/{prefix}/namespaces/{namespace}"
_POLICY = "/polaris/v1/{prefix}/namespaces/{namespace}/policies"
_GENERIC = (
    "polaris/v1/{prefix}/namespaces/{namespace}/generic-tables"  # without a leading slash, as the servers send it
)


def _endpoints(verbs: str, path: str) -> list[str]:
    return [f"{verb} {path}" for verb in verbs.split()]


_COMMON = [
    *_endpoints("GET POST", "/v1/{prefix}/namespaces"),
    *_endpoints("GET HEAD DELETE", _NAMESPACE),
    *_endpoints("POST", f"{_NAMESPACE}/properties"),
    *_endpoints("GET POST", f"{_NAMESPACE}/tables"),
    *_endpoints("GET HEAD POST DELETE", f"{_NAMESPACE}/tables/{{table}}"),
    *_endpoints("POST", "/v1/{prefix}/tables/rename"),
    *_endpoints("POST", f"{_NAMESPACE}/register"),
    *_endpoints("POST", f"{_NAMESPACE}/tables/{{table}}/metrics"),
    *_endpoints("POST", "/v1/{prefix}/transactions/commit"),
    *_endpoints("GET POST", f"{_NAMESPACE}/views"),
    *_endpoints("GET HEAD POST DELETE", f"{_NAMESPACE}/views/{{view}}"),
    *_endpoints("POST", "/v1/{prefix}/views/rename"),
    *_endpoints("GET POST", _GENERIC),
    *_endpoints("DELETE GET", f"{_GENERIC}/{{generic-table}}"),
    *_endpoints("GET POST", _POLICY),
    *_endpoints("GET PUT DELETE", f"{_POLICY}/{{policy-name}}"),
    *_endpoints("PUT POST", f"{_POLICY}/{{policy-name}}/mappings"),
    *_endpoints("GET", "/polaris/v1/{prefix}/applicable-policies"),
]

ENDPOINTS: dict[str, list[str]] = {
    "1.3.0-incubating": _COMMON,
    "1.7.0": [*_COMMON, *_endpoints("POST", f"{_NAMESPACE}/register-view")],
}
"""The `endpoints` of the config answer by version."""

OVERRIDES: dict[str, dict[str, str]] = {"1.3.0-incubating": {}, "1.7.0": {"namespace-separator": "%1F"}}
"""What it overrides beside `prefix`, by version."""


def config(version: str, name: str, base_location: str) -> dict[str, Any]:
    """The whole config answer for the catalog `name`."""
    return {
        "defaults": {"default-base-location": base_location},
        "overrides": {**OVERRIDES[version], "prefix": name},
        "endpoints": ENDPOINTS[version],
    }


def error(status: int, kind: str, message: str) -> Answer:
    """The error document of the catalog's and the management's API."""
    return Answer.of(status, {"error": {"message": message, "type": kind, "code": status}})


def oauth_error(status: int, kind: str, description: str) -> Answer:
    """The error document of the token endpoint."""
    return Answer.of(status, {"error": kind, "error_description": description})


def unauthorized() -> Answer:
    """No token, or one that is not valid: 401 with an empty body."""
    return Answer(401)


def unknown_realm() -> Answer:
    """A realm that the server does not have, or none where one is needed."""
    return error(404, "MissingOrInvalidRealm", "Missing or invalid realm")


def no_credentials_to_vend(table: str) -> Answer:
    """Credentials were asked for and the server has none to hand out."""
    message = f"Credential vending was requested for table {table}, but no credentials are available"
    return error(400, "IllegalArgumentException", message)


def forbidden(principal: str, operation: str) -> Answer:
    """The principal may not do this."""
    message = f"Principal '{principal}' with activated PrincipalRoles '[]' and activated grants via '[]' is not"
    return error(403, "ForbiddenException", f"{message} authorized for op {operation}")


def no_purge(table: str) -> Answer:
    """Files are purged where the catalog allows it alone."""
    message = f"Unable to purge entity: {table}. To enable this feature, set the Polaris configuration"
    setting = "DROP_WITH_PURGE_ENABLED or the catalog configuration polaris.config.drop-with-purge.enabled"
    return error(403, "ForbiddenException", f"{message} {setting}")


def not_a_name(name: str) -> Answer | None:
    """What versions since 1.6 answer to such a name of a namespace or a table."""
    wrong = not name or name != name.strip() or name in (".", "..") or _ODD.search(name)
    return error(400, "IllegalArgumentException", f"Invalid name: '{name}'") if wrong else None
