"""The part of Polaris' management API that provisioning needs, in memory."""

from __future__ import annotations

import copy
import threading
from typing import TYPE_CHECKING, Any

from floe_sdk.testing.faults import Answer
from floe_sdk.testing.polaris_wire import MANAGEMENT_API, error

if TYPE_CHECKING:
    from floe_sdk.testing.traffic import Request

BASE_LOCATION = "default-base-location"
ADMIN_ROLE = "catalog_admin"


class Catalogs:
    """The catalogs of a server as the management API describes them, each with its version and its grants."""

    def __init__(self) -> None:
        self._documents: dict[str, dict[str, Any]] = {}
        self._grants: dict[str, list[dict[str, str]]] = {}
        self._lock = threading.RLock()

    def get(self, name: str) -> dict[str, Any] | None:
        """A copy of the document of the catalog `name`, if there is one."""
        with self._lock:
            return copy.deepcopy(self._documents.get(name))

    def grants(self, name: str) -> list[dict[str, str]]:
        """What `catalog_admin` of the catalog may do beside managing it."""
        return list(self._grants.get(name, ()))

    def add(self, document: dict[str, Any]) -> Answer:
        """Create a catalog, as `POST /catalogs` does."""
        with self._lock:
            name = document["name"]
            if name in self._documents:
                return error(409, "AlreadyExistsException", f"Cannot create Catalog {name}. Catalog already exists")
            base = document["properties"].get(BASE_LOCATION)
            if not base:
                return error(400, "IllegalArgumentException", "Must specify default-base-location")
            if any(_overlap(base, each["properties"][BASE_LOCATION]) for each in self._documents.values()):
                message = (
                    f"Cannot create Catalog {name}. One or more of its locations overlaps with an existing catalog"
                )
                return error(400, "ValidationException", message)
            self._documents[name] = {"type": "INTERNAL", **copy.deepcopy(document), "entityVersion": 1}
            self._grants[name] = []
            return Answer.of(201, self._documents[name])

    def change(self, name: str, change: dict[str, Any]) -> Answer:
        """Replace properties and storage configuration, as `PUT /catalogs/NAME` does."""
        with self._lock:
            document = self._documents[name]
            if change["currentEntityVersion"] != document["entityVersion"]:
                message = f"Failed to update Catalog; currentEntityVersion '{change['currentEntityVersion']}'"
                return error(409, "CommitConflictException", f"{message}, expected '{document['entityVersion']}'")
            for key in ("properties", "storageConfigInfo"):
                if change.get(key) is not None:
                    document[key] = copy.deepcopy(change[key])
            document["entityVersion"] += 1
            return Answer.of(200, document)

    def answer(self, request: Request) -> Answer:
        """Answer a request to the management API, already authorised."""
        parts = request.path.removeprefix(MANAGEMENT_API).strip("/").split("/")
        if parts[0] != "catalogs":
            return error(404, "NotFoundException", f"Unable to find matching target resource method {request.path}")
        if len(parts) == 1:
            return self._collection(request)
        name = parts[1]
        if self.get(name) is None:
            return error(404, "NotFoundException", f"Catalog {name} not found")
        if parts[2:] == ["catalog-roles", ADMIN_ROLE, "grants"]:
            return self._role(request, name)
        if request.method == "PUT":
            return self.change(name, request.json)
        return Answer.of(200, self.get(name))

    def _collection(self, request: Request) -> Answer:
        if request.method == "POST":
            return self.add(request.json["catalog"])
        with self._lock:
            return Answer.of(200, {"catalogs": list(self._documents.values())})

    def _role(self, request: Request, name: str) -> Answer:
        if request.method == "PUT":
            self._grants[name].append(request.json["grant"])
            return Answer(201)
        return Answer.of(200, {"grants": self._grants[name]})


def _overlap(one: str, other: str) -> bool:
    one, other = f"{one.rstrip('/')}/", f"{other.rstrip('/')}/"
    return one.startswith(other) or other.startswith(one)
