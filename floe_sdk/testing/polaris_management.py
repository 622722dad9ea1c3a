"""The part of Polaris' management API that provisioning and its tests need: catalogs, grants, principals."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import unquote

from floe_sdk.testing.faults import Answer
from floe_sdk.testing.polaris_access import Client
from floe_sdk.testing.polaris_catalogs import CONTENT, OF_AN_ADMINISTRATOR
from floe_sdk.testing.polaris_wire import MANAGEMENT_API, error

if TYPE_CHECKING:
    from collections.abc import Callable

    from floe_sdk.testing.polaris_access import Access
    from floe_sdk.testing.polaris_catalogs import Catalogs
    from floe_sdk.testing.traffic import Request

ADMIN_ROLE = "catalog_admin"
_PRIVILEGES = (*OF_AN_ADMINISTRATOR, CONTENT, "CATALOG_READ_PROPERTIES", "CATALOG_WRITE_PROPERTIES")


class Management:
    """The API before `catalogs` and `access`; `is_empty` tells of a catalog whether it may be deleted."""

    def __init__(self, catalogs: Catalogs, access: Access, is_empty: Callable[[str], bool]) -> None:
        self._catalogs = catalogs
        self._access = access
        self._is_empty = is_empty

    def answer(self, request: Request) -> Answer:
        """Answer a request to the management API, already authorised."""
        kind, *rest = [unquote(part) for part in request.path.removeprefix(MANAGEMENT_API).strip("/").split("/")]
        if kind == "principals":
            return self._principals(request, rest)
        if kind != "catalogs":
            return error(404, "NotFoundException", "Unable to find matching target resource method")
        if not rest:
            return self._collection(request)
        if self._catalogs.get(rest[0]) is None:
            return error(404, "NotFoundException", f"TopLevelEntity of type CATALOG does not exist: {rest[0]}")
        return self._catalog(request, *rest)

    def _collection(self, request: Request) -> Answer:
        if request.method == "GET":
            return Answer.of(200, {"catalogs": self._catalogs.all()})
        if request.method != "POST":
            return _not_allowed()
        document = (request.json or {}).get("catalog")
        if not document:
            return error(400, "IllegalArgumentException", "createCatalog.catalog must not be null")
        return self._catalogs.add(document)

    def _catalog(self, request: Request, name: str, *rest: str) -> Answer:
        if rest:
            return self._role(request, name, *rest)
        if request.method == "PUT":
            return self._catalogs.change(name, request.json)
        if request.method == "DELETE":
            if not self._is_empty(name):
                return error(400, "BadRequestException", f"Catalog '{name}' cannot be dropped, it is not empty")
            self._catalogs.remove(name)
            return Answer(204)
        return Answer.of(200, self._catalogs.get(name)) if request.method == "GET" else _not_allowed()

    def _role(self, request: Request, name: str, *rest: str) -> Answer:
        if rest[0] != "catalog-roles" or rest[2:] != ("grants",):
            return error(404, "NotFoundException", "Unable to find matching target resource method")
        if rest[1] != ADMIN_ROLE:
            return error(404, "NotFoundException", f"CatalogRole not found: {name}.{rest[1]}")
        if request.method == "GET":
            first = [{"type": "catalog", "privilege": each} for each in OF_AN_ADMINISTRATOR]
            return Answer.of(200, {"grants": [*first, *self._catalogs.grants(name)]})
        if request.method != "PUT":
            return _not_allowed()
        grant = (request.json or {}).get("grant") or {}
        if grant.get("type") != "catalog" or grant.get("privilege") not in _PRIVILEGES:
            return error(400, "IllegalArgumentException", f"not a grant on a catalog: {grant}")
        self._catalogs.grant(name, grant)
        return Answer(201)

    def _principals(self, request: Request, rest: list[str]) -> Answer:
        """A principal that is made here is known, and may do nothing: it has no role."""
        clients = self._access.clients
        if request.method == "POST" and not rest:
            name = request.json["principal"]["name"]
            if any(each.name == name for each in clients.values()):
                message = f"Cannot create Principal {name}. Principal already exists or resolution failed"
                return error(409, "AlreadyExistsException", message)
            made = Client(secrets.token_hex(8), secrets.token_hex(16), allowed=False, principal=name)
            clients[made.id] = made
            credentials = {"clientId": made.id, "clientSecret": made.secret}
            return Answer.of(
                201, {"principal": {"name": name, "clientId": made.id, "entityVersion": 1}, "credentials": credentials}
            )
        found = [each for each in clients.values() if [each.name] == rest]
        if not found:
            return error(404, "NotFoundException", f"TopLevelEntity of type PRINCIPAL does not exist: {rest[0]}")
        if request.method != "DELETE":
            return _not_allowed()
        del clients[found[0].id]
        return Answer(204)


def _not_allowed() -> Answer:
    return error(405, "NotAllowedException", "HTTP 405 Method Not Allowed")
