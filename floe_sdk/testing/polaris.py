"""`PolarisServer`: Polaris' protocol before any Iceberg REST catalog, and its faults on demand."""

from __future__ import annotations

import copy
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from floe_sdk.testing import polaris_wire as wire
from floe_sdk.testing.faults import Answer, Change
from floe_sdk.testing.polaris_access import Access, Client
from floe_sdk.testing.polaris_management import BASE_LOCATION, Catalogs
from floe_sdk.testing.polaris_namespaces import Namespaces
from floe_sdk.testing.proxy import FaultProxy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from floe_sdk.testing.traffic import Request

VENDED = "vended-credentials"


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
        port: int = 0,
    ) -> None:
        super().__init__(upstream, port=port)
        self.version = version
        self.client = Client("root", "planted-polaris-secret")
        self.stranger = Client("stranger", "planted-stranger-secret", allowed=False)
        self.access = Access(
            self.client, self.stranger, realm=realm, needs_realm=needs_realm, token_seconds=token_seconds
        )
        self.catalogs = Catalogs()
        self.table_config = dict(table_config or {})
        self.vends = vends if callable(vends) else dict(vends or {})
        self.page_size = page_size
        self._namespaces: dict[str, Namespaces] = {}
        if catalog is not None:
            info = {"storageType": "FILE", "allowedLocations": [base_location], **(storage or {})}
            self.catalogs.add(
                {"name": catalog, "properties": {BASE_LOCATION: base_location}, "storageConfigInfo": info}
            )

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
            return wire.forbidden(client.id, f"{request.method} {request.path}")
        if wire.MANAGEMENT.match(request):
            return self.catalogs.answer(request)
        return self._catalog(request)

    def _config(self, request: Request) -> Answer:
        name = request.query.get("warehouse")
        if not name:
            return wire.error(400, "BadRequestException", "Please specify a warehouse")
        document = self.catalogs.get(name)
        if document is None:
            return wire.error(404, "NotFoundException", f"Unable to find warehouse {name}")
        return Answer.of(200, wire.config(self.version, name, document["properties"][BASE_LOCATION]))

    def _catalog(self, request: Request) -> Answer:
        _, _, name, *parts = request.path.removeprefix(wire.CATALOG_API).split("/")
        document = self.catalogs.get(name)
        if document is None:
            return wire.error(404, "NotFoundException", f"Unable to find catalog {name}")
        problem = self._problem(request, document, parts)
        return problem or self._finished(request, self._upstream(request, name, parts))

    def _finished(self, request: Request, answer: Answer) -> Answer:
        """The upstream's answer with what Polaris does to it."""
        if answer.status != HTTPStatus.OK:
            return answer
        if wire.LIST_NAMESPACES.match(request):
            return self._page(request, answer, "namespaces")
        if wire.LIST_TABLES.match(request):
            return self._page(request, answer, "identifiers")
        if wire.CREATE_TABLE.match(request) or wire.LOAD_TABLE.match(request):
            return answer.with_json(self._table(request, answer.json))
        return answer

    def _problem(self, request: Request, document: dict[str, Any], parts: list[str]) -> Answer | None:
        """What Polaris itself refuses of a request that is in order otherwise."""
        info, base = document["storageConfigInfo"], document["properties"][BASE_LOCATION]
        if wire.CREATE_NAMESPACE.match(request) and self.version == "1.7.0" and info["allowedLocations"] != [base]:
            message = f"Namespace '{request.json['namespace'][0]}' has a custom location, which is not enabled"
            return wire.error(400, "BadRequestException", message)
        if not (wire.CREATE_TABLE.match(request) or wire.LOAD_TABLE.match(request)):
            return None
        asked = request.headers.get(wire.DELEGATION_HEADER, "")
        if "remote-signing" in asked:
            return wire.error(400, "IllegalArgumentException", "Unsupported access delegation mode: remote-signing")
        if VENDED in asked and info.get("stsUnavailable"):
            table = request.json["name"] if request.method == "POST" else parts[-1]
            return wire.no_credentials_to_vend(f"{parts[1]}.{table}")
        return None

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
