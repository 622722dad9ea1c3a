"""The catalogs of a `PolarisServer` and the rules by which Polaris takes or refuses them, in memory."""

from __future__ import annotations

import copy
import re
import threading
import time
from typing import TYPE_CHECKING, Any

from floe_sdk.testing.faults import Answer
from floe_sdk.testing.polaris_wire import error

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

BASE_LOCATION = "default-base-location"
CONTENT = "CATALOG_MANAGE_CONTENT"
OF_AN_ADMINISTRATOR = ("CATALOG_MANAGE_ACCESS", "CATALOG_MANAGE_METADATA")
"""What `catalog_admin` may do from the beginning: all but read and write the tables' files."""

_SCHEMES = {"S3": ("s3://", "s3a://"), "GCS": ("gs://",), "AZURE": ("abfs", "wasb"), "FILE": ("file://",)}
_ROLE = re.compile(r"arn:(aws|aws-us-gov):iam::(\d{12}):role/.+")
_NAME = re.compile(r"(?!\s*system\$).{1,256}", re.IGNORECASE)


class Catalogs:
    """The catalogs as the management API describes them, each with its version and its grants.

    `storage_types` are those that the server takes; a real one takes FILE where it is told to, and only then.
    """

    def __init__(self, storage_types: Sequence[str]) -> None:
        self.storage_types = tuple(storage_types)
        self._documents: dict[str, dict[str, Any]] = {}
        self._grants: dict[str, list[dict[str, str]]] = {}
        self._lock = threading.RLock()

    def get(self, name: str) -> dict[str, Any] | None:
        """A copy of the document of the catalog `name`, if there is one."""
        with self._lock:
            return copy.deepcopy(self._documents.get(name))

    def all(self) -> list[dict[str, Any]]:
        """Copies of all documents."""
        with self._lock:
            return copy.deepcopy(list(self._documents.values()))

    def grants(self, name: str) -> list[dict[str, str]]:
        """What `catalog_admin` of the catalog may do beside managing it."""
        return list(self._grants.get(name, ()))

    def grant(self, name: str, grant: dict[str, str]) -> None:
        """Let `catalog_admin` of the catalog do it; a second time nothing changes."""
        with self._lock:
            if grant not in self._grants[name]:
                self._grants[name].append(grant)

    def add(self, document: dict[str, Any]) -> Answer:
        """Create a catalog, as `POST /catalogs` does."""
        with self._lock:
            document = {"type": "INTERNAL", **copy.deepcopy(document)}
            if problem := _incomplete(document) or self._wrong(document, document["storageConfigInfo"]):
                return problem
            name = document["name"]
            if self._overlaps(document):
                message = (
                    f"Cannot create Catalog {name}. One or more of its locations overlaps with an existing catalog"
                )
                return error(400, "ValidationException", message)
            if name in self._documents:
                message = f"Cannot create Catalog {name}. Catalog already exists or resolution failed"
                return error(409, "AlreadyExistsException", message)
            info = document["storageConfigInfo"]
            info["allowedLocations"] = info.get("allowedLocations") or [document["properties"][BASE_LOCATION]]
            self._documents[name] = {**document, "entityVersion": 1, **_now("createTimestamp")}
            self._grants[name] = []
            return Answer.of(201, self._documents[name])

    def change(self, name: str, change: Mapping[str, Any]) -> Answer:
        """Replace properties and storage configuration, as `PUT /catalogs/NAME` does."""
        with self._lock:
            document = copy.deepcopy(self._documents[name])
            asked, version = change.get("currentEntityVersion"), document["entityVersion"]
            if asked != version:
                message = f"Failed to update Catalog; currentEntityVersion '{version}', expected '{asked}'"
                return error(409, "CommitConflictException", message)
            before = document["storageConfigInfo"]
            for key in ("properties", "storageConfigInfo"):
                if change.get(key) is not None:
                    document[key] = copy.deepcopy(change[key])
            document["properties"].setdefault(BASE_LOCATION, self._documents[name]["properties"][BASE_LOCATION])
            if problem := self._wrong(document, before):
                return problem
            if self._overlaps(document):
                message = f"Cannot update Catalog {name}. One or more of its new locations overlaps with an existing"
                return error(400, "ValidationException", f"{message} catalog")
            self._documents[name] = {**document, "entityVersion": version + 1, **_now("lastUpdateTimestamp")}
            return Answer.of(200, self._documents[name])

    def remove(self, name: str) -> None:
        """Forget a catalog."""
        with self._lock:
            del self._documents[name], self._grants[name]

    def _wrong(self, document: Mapping[str, Any], before: Mapping[str, Any]) -> Answer | None:
        """Why the server does not take this storage configuration after `before`."""
        info, base = document["storageConfigInfo"], document["properties"][BASE_LOCATION]
        kind, allowed = info.get("storageType"), info.get("allowedLocations") or [base]
        if kind not in self.storage_types:
            return error(400, "IllegalArgumentException", f"Unsupported storage type: {kind}")
        for place in allowed:
            if not place.lower().startswith(_SCHEMES[kind]):
                message = f"Location prefix not allowed: '{place}', expected prefixes: '{','.join(_SCHEMES[kind])}'"
                return error(400, "IllegalArgumentException", message)
        role = info.get("roleArn")
        if role is not None and not _ROLE.fullmatch(role):
            return error(400, "IllegalArgumentException", f"Invalid role ARN format: {role}")
        if not any(is_below(base, place) for place in allowed):
            message = f"default-base-location '{base}' is not within any of the allowed locations {allowed}"
            return error(400, "BadRequestException", message)
        for what, has, wants in _fixed(before, info):
            if has != wants:
                return error(400, "BadRequestException", f"Cannot modify {what} from {before} to {info}")
        return None

    def _overlaps(self, document: Mapping[str, Any]) -> bool:
        others = [each for each in self._documents.values() if each["name"] != document["name"]]
        theirs = [place for each in others for place in _places(each)]
        return any(is_below(one, other) or is_below(other, one) for one in _places(document) for other in theirs)


def is_below(place: str, other: str) -> bool:
    """Whether `place` is `other` or in it."""
    return f"{place.rstrip('/')}/".startswith(f"{other.rstrip('/')}/")


def _places(document: Mapping[str, Any]) -> set[str]:
    return {document["properties"][BASE_LOCATION], *(document["storageConfigInfo"].get("allowedLocations") or ())}


def _fixed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[tuple[str, object, object]]:
    """What of a storage configuration stays as it was made."""
    yield "storage type of storage config", before.get("storageType"), after.get("storageType")
    yield "AWS account ID in storage config", _account(before), _account(after)
    yield "ExternalId in storage config", before.get("externalId"), after.get("externalId")


def _account(info: Mapping[str, Any]) -> str | None:
    found = _ROLE.fullmatch(info.get("roleArn") or "")
    return found.group(2) if found else None


def _incomplete(document: Mapping[str, Any]) -> Answer | None:
    for key in ("name", "type", "properties", "storageConfigInfo"):
        if not document.get(key):
            return error(400, "IllegalArgumentException", f"catalog.{key} must not be null")
    if not _NAME.fullmatch(document["name"]):
        return error(400, "IllegalArgumentException", f"catalog.name: {document['name']} is not a valid name")
    if not document["properties"].get(BASE_LOCATION):
        return error(400, "BadRequestException", "Must specify default base location")
    return None


def _now(key: str) -> dict[str, int]:
    return {key: int(time.time() * 1000)}
