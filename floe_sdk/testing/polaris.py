"""`PolarisServer`: Polaris' protocol before any Iceberg REST catalog, and its faults on demand."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlencode

from floe_sdk.testing import polaris_wire as wire
from floe_sdk.testing.faults import Answer, Change
from floe_sdk.testing.polaris_access import Access, Client
from floe_sdk.testing.polaris_catalogs import BASE_LOCATION, CONTENT, Catalogs
from floe_sdk.testing.polaris_management import Management
from floe_sdk.testing.polaris_namespaces import Namespaces
from floe_sdk.testing.polaris_places import Places, place_of
from floe_sdk.testing.proxy import FaultProxy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from floe_sdk.testing.traffic import Request

VENDED = "vended-credentials"
STORAGE_TYPES = ("S3", "GCS", "AZURE", "FILE")
PURGE = "polaris.config.drop-with-purge.enabled"


class PolarisServer(FaultProxy):
    """Answers as Apache Polaris `version` does: OAuth, realm, config, prefix, credential vending, management API.

        with PolarisServer("http://127.0.0.1:8181", base_location="file:///srv/lake") as server:
            server.misbehave(Instead(Answer(500)), COMMIT)  # the commit is done, the client is told that it failed
            ...  # a client of server.catalog_uri, with server.credential and the warehouse "lake"

    Namespaces and tables are those of `upstream`, an Iceberg REST catalog without authentication; without one there are
    namespaces in memory, and no tables. `catalog` (None: no catalog yet) has the storage `storage`, a
    `storageConfigInfo`; what a server adds to a table's answer is `table_config`, and `vends` the credentials that it
    hands out (a function: of each answer anew), unless the storage says `stsUnavailable`. With `page_size` lists come
    in pages. The calls that a rule may mean (`COMMIT`, `TOKEN`, ...) are in `floe_sdk.testing.polaris_wire`.

    It refuses what Polaris refuses: a catalog whose places overlap another's or whose storage type is none of
    `storage_types` (a real one does not take FILE unless it is told to), a table outside of its namespace's place or in
    another's, purging, and credentials for who may not manage the catalog's content: `catalog_admin` of `catalog` may,
    of one that is made through the management API it may not until it is granted.
    """

    def __init__(  # noqa: PLR0913 - each is one thing in which servers differ
        self,
        upstream: str | None = None,
        *,
        version: str = wire.VERSIONS[-1],
        catalog: str | None = "lake",
        base_location: str = "file:///warehouse",
        storage: Mapping[str, Any] | None = None,
        realm: str = "POLARIS",
        needs_realm: bool = False,
        token_seconds: float = 3600,
        table_config: Mapping[str, str] | None = None,
        vends: Mapping[str, str] | Callable[[], Mapping[str, str]] | None = None,
        page_size: int | None = None,
        storage_types: Sequence[str] = STORAGE_TYPES,
        port: int = 0,
    ) -> None:
        super().__init__(upstream, port=port)
        self.version = version
        self.client = Client("root", "planted-polaris-secret")
        self.stranger = Client("stranger", "planted-stranger-secret", allowed=False)
        self.access = Access(
            self.client, self.stranger, realm=realm, needs_realm=needs_realm, token_seconds=token_seconds
        )
        self.catalogs = Catalogs(storage_types)
        self._management = Management(self.catalogs, self.access, lambda name: not self._made.get(name))
        self._made: dict[str, set[str]] = {}
        self._places: dict[str, Places] = {}
        self.table_config = dict(table_config or {})
        self.vends = vends if callable(vends) else dict(vends or {})
        self.page_size = page_size
        self._namespaces: dict[str, Namespaces] = {}
        if catalog is not None:
            self._first(catalog, base_location, storage or {})

    def _first(self, name: str, base: str, storage: Mapping[str, Any]) -> None:
        kind = {"s3": "S3", "s3a": "S3", "gs": "GCS", "file": "FILE"}.get(base.partition(":")[0], "AZURE")
        info = {"storageType": kind, "allowedLocations": [base], **storage}
        made = self.catalogs.add({"name": name, "properties": {BASE_LOCATION: base}, "storageConfigInfo": info})
        if made.status != HTTPStatus.CREATED:
            raise ValueError(made.json["error"]["message"])
        self.catalogs.grant(name, {"type": "catalog", "privilege": CONTENT})

    @property
    def catalog_uri(self) -> str:
        """The catalog's `uri`."""
        return self.uri + wire.CATALOG_API

    @property
    def management_uri(self) -> str:
        """The address of the management API."""
        return self.uri + wire.MANAGEMENT_API

    @property
    def token_uri(self) -> str:
        """Where tokens are had."""
        return f"{self.catalog_uri}/v1/oauth/tokens"

    @property
    def credential(self) -> str:
        """`client_id:client_secret` of a client that may do everything."""
        return f"{self.client.id}:{self.client.secret}"

    def respond(self, request: Request) -> Answer | None:  # noqa: PLR0911 - one for each part of the API
        """Polaris' own part of a request; None where the catalog behind it has to answer."""
        if not request.path.startswith((f"{wire.CATALOG_API}/", f"{wire.MANAGEMENT_API}/")):
            return Answer(404)
        if problem := self.access.realm_problem(request):
            return problem
        if wire.TOKEN.match(request):
            return self.access.grant(request)
        client = self.access.client(request)
        if client is None:
            return wire.unauthorized()
        if wire.CONFIG.match(request):
            return self._config(request)
        if not client.allowed:
            return wire.forbidden(client.name, f"{request.method} {request.path}")
        if wire.MANAGEMENT.match(request):
            return self._management.answer(request)
        return self._catalog(request, client)

    def _config(self, request: Request) -> Answer:
        name = request.query.get("warehouse")
        if not name:
            return wire.error(400, "BadRequestException", "Please specify a warehouse")
        document = self.catalogs.get(name)
        if document is None:
            return wire.error(404, "NotFoundException", f"Unable to find warehouse {name}")
        properties = document["properties"]
        return Answer.of(
            200, {**wire.config(self.version, name, properties[BASE_LOCATION]), "defaults": dict(properties)}
        )

    def _catalog(self, request: Request, client: Client) -> Answer:
        _, _, prefix, *parts = request.path.removeprefix(wire.CATALOG_API).split("/")
        name = unquote(prefix)
        document = self.catalogs.get(name)
        if document is None:
            return wire.error(404, "NotFoundException", f"Unable to find catalog {name}")
        base, staged = document["properties"][BASE_LOCATION], self.version != wire.VERSIONS[0]
        places = self._places.setdefault(name, Places())
        problem = self._problem(request, document, parts, client) or places.problem(request, parts, base, staged=staged)
        if problem:
            return problem
        answer = self._upstream(_placed(request, parts, base), name, parts)
        if answer.status < HTTPStatus.MULTIPLE_CHOICES:
            places.done(request, parts, answer)
            self._remember(request, name, parts)
        return self._finished(request, base, answer)

    def _remember(self, request: Request, name: str, parts: list[str]) -> None:
        made = self._made.setdefault(name, set())
        if wire.CREATE_NAMESPACE.match(request):
            made.add("\x1f".join(request.json["namespace"]))
        elif wire.DROP_NAMESPACE.match(request):
            made.discard(unquote(parts[1]))

    def _finished(self, request: Request, base: str, answer: Answer) -> Answer:
        """The upstream's answer with what Polaris does to it."""
        if answer.status != HTTPStatus.OK:
            return answer
        if wire.CREATE_NAMESPACE.match(request) or wire.LOAD_NAMESPACE.match(request):
            document = answer.json
            place = place_of(base, document["namespace"]) + "/"
            return answer.with_json(
                {**document, "properties": {**(document.get("properties") or {}), "location": place}}
            )
        if wire.LIST_NAMESPACES.match(request):
            return self._page(request, answer, "namespaces")
        if wire.LIST_TABLES.match(request):
            return self._page(request, answer, "identifiers")
        if wire.CREATE_TABLE.match(request) or wire.LOAD_TABLE.match(request):
            return answer.with_json(self._table(request, answer.json))
        return answer

    def _problem(self, request: Request, document: dict[str, Any], parts: list[str], client: Client) -> Answer | None:
        """What Polaris itself refuses of a request that is in order otherwise."""
        info, properties = document["storageConfigInfo"], document["properties"]
        if wire.DROP_TABLE.match(request) and request.query.get("purgeRequested", "").lower() == "true":
            return None if properties.get(PURGE) == "true" else wire.no_purge(unquote(parts[-1]))
        if wire.DROP_NAMESPACE.match(request):
            inside = any(each.startswith(f"{unquote(parts[1])}\x1f") for each in self._made.get(document["name"], ()))
            message = f"Namespace {unquote(parts[1])} is not empty"
            return wire.error(409, "NamespaceNotEmptyException", message) if inside else None
        if wire.CREATE_NAMESPACE.match(request):
            return self._namespace_problem(request.json["namespace"], properties[BASE_LOCATION], info)
        if wire.CREATE_TABLE.match(request):
            table = request.json["name"]
            problem = wire.not_a_name(table) if self.version != wire.VERSIONS[0] else None
            return problem or self._vending_problem(request, document, f"{unquote(parts[1])}.{table}", client)
        if wire.LOAD_TABLE.match(request):
            return self._vending_problem(request, document, f"{unquote(parts[1])}.{unquote(parts[-1])}", client)
        return None

    def _vending_problem(self, request: Request, document: dict[str, Any], table: str, client: Client) -> Answer | None:
        asked = request.headers.get(wire.DELEGATION_HEADER, "")
        if "remote-signing" in asked:
            return wire.error(400, "IllegalArgumentException", "Unsupported access delegation mode: remote-signing")
        if VENDED not in asked:
            return None
        if {"type": "catalog", "privilege": CONTENT} not in self.catalogs.grants(document["name"]):
            what = "CREATE_TABLE_DIRECT_WITH_WRITE" if request.method == "POST" else "LOAD_TABLE_WITH_READ"
            return wire.forbidden(client.name, f"{what}_DELEGATION")
        return wire.no_credentials_to_vend(table) if document["storageConfigInfo"].get("stsUnavailable") else None

    def _namespace_problem(self, namespace: list[str], base: str, info: dict[str, Any]) -> Answer | None:
        if self.version == wire.VERSIONS[0]:
            return None
        expected = [place_of(place, namespace[:1]) + "/" for place in info["allowedLocations"]]
        place = place_of(base, namespace[:1]) + "/"
        if place not in expected:
            message = f"Namespace {namespace[0]} has a custom location, which is not enabled. Expected a location in:"
            problem = f"{message} [{', '.join(expected)}]. Got location: {place}]"
            return wire.error(400, "IllegalArgumentException", problem)
        return next(filter(None, map(wire.not_a_name, namespace)), None)

    def _upstream(self, request: Request, name: str, parts: list[str]) -> Answer:
        if self.upstream is None:
            return self._namespaces.setdefault(name, Namespaces()).answer(request, parts)
        query = {key: value for key, value in request.query.items() if key not in ("pageToken", "pageSize")}
        target = "/v1/" + "/".join(parts) + (f"?{urlencode(query)}" if query else "")
        headers = copy.copy(request.headers)
        del headers["Accept-Encoding"]  # answers are changed on their way
        return self.forward(replace(request, target=target, headers=headers))

    def _page(self, request: Request, answer: Answer, key: str) -> Answer:
        if self.page_size is None:
            return answer
        start = int(request.query.get("pageToken") or 0)
        everything, end = answer.json[key], start + self.page_size
        following = {"next-page-token": str(end)} if end < len(everything) else {}
        return answer.with_json({key: everything[start:end], **following})

    def _table(self, request: Request, document: dict[str, Any]) -> dict[str, Any]:
        vended: Mapping[str, str] = {}
        if VENDED in request.headers.get(wire.DELEGATION_HEADER, ""):
            vended = self.vends() if callable(self.vends) else self.vends
        return {**document, "config": {**(document.get("config") or {}), **self.table_config, **vended}}


def _placed(request: Request, parts: list[str], base: str) -> Request:
    """A table that is made without a place gets the one that Polaris gives it."""
    if not wire.CREATE_TABLE.match(request) or request.json.get("location"):
        return request
    document = request.json
    place = place_of(base, [*unquote(parts[1]).split("\x1f"), document["name"]])
    return replace(request, body=json.dumps({**document, "location": place}).encode())


def repeated_page_token(token: str = "again") -> Change:  # noqa: S107 - of a page
    """A list whose next page is always the same one."""
    return Change(lambda answer: answer.with_json({**answer.json, "next-page-token": token}))


def overriding(**values: str) -> Change:
    """A config answer that overrides these properties, too (`_` stands for `-`)."""
    more = {name.replace("_", "-"): value for name, value in values.items()}

    def change(answer: Answer) -> Answer:
        document = answer.json
        return answer.with_json({**document, "overrides": {**document["overrides"], **more}})

    return Change(change)


def offering(*endpoints: str) -> Change:
    """A config answer that lists these endpoints, too."""

    def change(answer: Answer) -> Answer:
        document = answer.json
        return answer.with_json({**document, "endpoints": [*document["endpoints"], *endpoints]})

    return Change(change)
