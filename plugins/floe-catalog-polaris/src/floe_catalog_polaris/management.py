"""Polaris' management API: catalogs and grants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import requests

from floe_catalog_polaris.config import MANAGEMENT_API
from floe_catalog_polaris.errors import origin, unreachable
from floe_catalog_polaris.oauth import REALM, wrong_realm
from floe_sdk import CATALOG_FORBIDDEN, CATALOG_PROVISION, FloeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from floe_catalog_polaris.connection import Connection

ROLE = "catalog_admin"
_FORBIDDEN, _NOT_FOUND, _CONFLICT = 403, 404, 409


class Management:
    """The management API of a connection's server."""

    def __init__(self, connection: Connection) -> None:
        address = connection.config.management
        if address is None:
            problem = f"where the management API is can't be told from `uri` ({connection.config.uri})"
            fix = "set `management_uri` of catalog polaris, such as https://host/api/management/v1"
            raise FloeError(CATALOG_PROVISION, problem, fix=fix)
        self._connection = connection
        self._address = address
        self._session = connection.session(address)

    def catalog(self, name: str) -> dict[str, Any] | None:
        """The catalog's document, or None. Who answers 404 without naming the catalog is no management API."""
        response = self._call("GET", f"/catalogs/{quote(name, safe='')}", allowed=(_NOT_FOUND,))
        document = _document(response)
        if response.ok and document:
            return document
        if name in _message(response):
            return None
        raise self._elsewhere(response)

    def create(self, document: Mapping[str, Any]) -> bool:
        """Create a catalog; False where somebody else just did."""
        response = self._call("POST", "/catalogs", json={"catalog": document}, allowed=(_CONFLICT,))
        return response.status_code != _CONFLICT

    def change(self, name: str, change: Mapping[str, Any]) -> bool:
        """Change a catalog from the version that `change` names; False where it is another by now."""
        path = f"/catalogs/{quote(name, safe='')}"
        return self._call("PUT", path, json=change, allowed=(_CONFLICT,)).status_code != _CONFLICT

    def has_grant(self, name: str, privilege: str) -> bool:
        """Whether the catalog's administrators have a privilege on it."""
        grants = self._call("GET", self._grants(name)).json().get("grants", ())
        return any(each.get("type") == "catalog" and each.get("privilege") == privilege for each in grants)

    def grant(self, name: str, privilege: str) -> None:
        """Give it to them."""
        self._call("PUT", self._grants(name), json={"grant": {"type": "catalog", "privilege": privilege}})

    @staticmethod
    def _grants(name: str) -> str:
        return f"/catalogs/{quote(name, safe='')}/catalog-roles/{ROLE}/grants"

    def _elsewhere(self, response: requests.Response) -> FloeError:
        if _problem(response).get("type") == REALM:
            return wrong_realm(self._connection)
        return FloeError(
            CATALOG_PROVISION,
            f"there is no management API of Polaris at {self._address} (status {response.status_code}: "
            f"{_message(response)})",
            fix="set `management_uri` of catalog polaris: on Polaris' own port (8181), as a rule, and its path is "
            f"{MANAGEMENT_API}; the port of /q/health and /q/metrics is another",
        )

    def _call(self, method: str, path: str, *, allowed: tuple[int, ...] = (), **kwargs: Any) -> requests.Response:
        url = self._address + path
        try:
            response = self._session.request(method, url, **kwargs)
        except requests.RequestException as error:
            raise unreachable(error, url) from error
        if response.ok or response.status_code in allowed:
            return response
        reason, client = _message(response), self._connection.client_id or "(none)"
        if response.status_code == _FORBIDDEN:
            problem = f"client {client!r} may not {method} {path}: {reason}"
            fix = "provision as a client with the role service_admin, or have an administrator do it"
            raise FloeError(CATALOG_FORBIDDEN, problem, fix=fix)
        raise FloeError(
            CATALOG_PROVISION,
            f"{method} {path} at {origin(url)} was refused ({response.status_code}): {reason}",
            fix="correct what the server says, in the manifest's catalog or storage",
        )


def _message(response: requests.Response) -> str:
    return str(_problem(response).get("message") or response.reason or "no reason given")


def _problem(response: requests.Response) -> dict[str, Any]:
    problem = _document(response).get("error")
    return problem if isinstance(problem, dict) else {}


def _document(response: requests.Response) -> dict[str, Any]:
    try:
        document = response.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
